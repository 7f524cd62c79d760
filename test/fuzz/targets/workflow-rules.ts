import { Ajv2020 } from "ajv/dist/2020.js";
import { Unjustified } from "../fuzz.ts";
import { judgeSchedule } from "./cron-rules.ts";
import { judgeExpression, judgeTemplate, type Readable } from "./expression-rules.ts";
import { ancestorsOf, type RawTask } from "./graph-rules.ts";

export const HOST = { cpu: 4, memory: 8e9, disk: 100e9 };
export const POOLS: Readonly<Record<string, { readonly slots: number }>> = { default: { slots: 16 } };

type Bag = Readonly<Record<string, unknown>>;

interface RawWorkflow {
  readonly tasks: readonly RawTask[];
  readonly pools?: Readonly<Record<string, { readonly slots: number }>>;
  readonly inputs?: Bag;
  readonly schedules?: readonly {
    readonly name?: string;
    readonly expression: string;
    readonly timezone?: string;
    readonly inputs?: Bag;
  }[];
}

/** Judges what the schema of workflows can't say, written again from what workflows mean. Errors: Unjustified. */
export const judgeWorkflow = (workflow: RawWorkflow): void => {
  const { all } = ancestorsOf(workflow.tasks);
  const isValid = judgeInputs(workflow.inputs ?? {});
  const names = (workflow.schedules ?? []).map(({ name = "default" }) => name);
  if (new Set(names).size < names.length) throw new Unjustified("two schedules have one name");
  for (const { expression, timezone = "UTC", inputs = {} } of workflow.schedules ?? []) {
    judgeSchedule(expression, timezone);
    if (!isValid(structuredClone(inputs))) throw new Unjustified("a schedule's inputs don't fit");
    refuseSecrets(inputs);
  }
  const properties = workflow.inputs?.properties as Bag | undefined;
  const isClosed = workflow.inputs?.additionalProperties === false && workflow.inputs.patternProperties === undefined;
  const inputs = isClosed && properties ? new Set(Object.keys(properties)) : undefined;
  const keys = new Map<string, string>();
  for (const task of workflow.tasks) {
    judgeFit(task, { ...POOLS, ...workflow.pools });
    judgeTarget(task.target as Bag);
    judgeKeys(task, keys);
    judgeTexts(task, { tasks: all.get(task.name) as ReadonlySet<string>, element: task.forEach !== undefined, inputs });
  }
};

const judgeInputs = (schema: Bag): ((value: unknown) => boolean) => {
  const ajv = new Ajv2020({
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    useDefaults: true,
    validateFormats: false,
    logger: false,
  });
  const validate = ajv.compile({ ...schema, type: "object" });
  if (schema.type !== undefined && schema.type !== "object") throw new Unjustified("inputs are no object");
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Readonly<Record<string, Bag>>)) {
    if (property.default === undefined) continue;
    const alone = ajv.compile({ $defs: schema.$defs ?? {}, type: "object", properties: { [name]: property } });
    if (!alone({ [name]: structuredClone(property.default) })) throw new Unjustified(`the default of ${name} doesn't fit`);
  }
  return (value) => validate(value) === true;
};

const judgeFit = (task: RawTask, pools: Readonly<Record<string, { readonly slots: number }>>): void => {
  const {
    pool = "default",
    slots = 1,
    ...host
  } = (task.resources ?? {}) as { pool?: string; slots?: number; cpu?: number; memory?: number; disk?: number };
  const found = Object.entries(pools).find(([name]) => name === pool)?.[1];
  if (!found || slots > found.slots) throw new Unjustified(`${task.name} fits no pool`);
  for (const kind of ["cpu", "memory", "disk"] as const)
    if ((host[kind] ?? 0) > HOST[kind]) throw new Unjustified(`${task.name} fits no host`);
};

const judgeTarget = ({ type, until, url, module, export: exported }: Bag): void => {
  if (
    type === "wait" &&
    typeof until === "string" &&
    !until.includes("${{") &&
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(until)
  )
    throw new Unjustified(`${until} is no time`);
  if (type === "http" && typeof url === "string" && !url.includes("${{") && !/^\s*https?:/i.test(url))
    throw new Unjustified(`${url} is no address of the web`);
  if (type === "function" && `${module} ${exported}`.includes("${{")) throw new Unjustified("the module of a function is a template");
};

const judgeKeys = (task: RawTask, keys: Map<string, string>): void => {
  for (const kind of ["concurrency", "rate"]) {
    const limiter = task[kind] as { readonly key: string; readonly limit: number; readonly per?: number } | undefined;
    if (!limiter || limiter.key.includes("${{")) continue;
    const limit = `${limiter.limit}/${limiter.per}`;
    if ((keys.get(kind + limiter.key) ?? limit) !== limit) throw new Unjustified(`the key ${limiter.key} has two limits`);
    keys.set(kind + limiter.key, limit);
  }
};

const SECRETS = ["args", "env", "stdin", "url", "headers", "body", "sign"];

const judgeTexts = (task: RawTask, readable: Readable): void => {
  const { target, payload, concurrency, rate, idempotencyKey, when, forEach } = task as RawTask &
    Readonly<Record<"target" | "concurrency" | "rate" | "forEach", Bag | undefined>>;
  const nowhere = new Set<string>();
  if (when !== undefined) judgeExpression(String(when), { ...readable, element: false });
  if (forEach) judgeExpression(String(forEach.list), { ...readable, element: false });
  for (const key of [concurrency?.key, rate?.key]) if (key !== undefined) judgeTemplate(String(key), { ...readable, tasks: nowhere });
  eachText([payload, idempotencyKey, { ...target, type: "", sign: "" }], (text) => judgeTemplate(text, readable));
  refuseSecrets([payload, Object.fromEntries(Object.entries(target ?? {}).filter(([key]) => !SECRETS.includes(key)))]);
  for (const value of [payload, target?.body, target?.parameters]) {
    if (value !== undefined && Buffer.byteLength(JSON.stringify(value)) > 65_536) throw new Unjustified(`${task.name} carries too much`);
  }
};

const eachText = (value: unknown, visit: (text: string) => void): void => {
  if (typeof value === "string") visit(value);
  else if (typeof value === "object" && value !== null && !isSecret(value))
    for (const inner of Object.values(value)) eachText(inner, visit);
};

const isSecret = (value: object): boolean => typeof (value as { secretRef?: unknown }).secretRef === "string";

const refuseSecrets = (value: unknown): void => {
  if (typeof value !== "object" || value === null) return;
  if (isSecret(value)) throw new Unjustified("a secret stands where it is stored");
  for (const inner of Object.values(value)) refuseSecrets(inner);
};
