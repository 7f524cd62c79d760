import type { Graph } from "@qmoi/advanced-automation";
import { takeToken } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import { canonicalJson, hasCode, type Item, type Json, QmoiError, sha256 } from "@qmoi/core";
import { activeKeys, type HeaderItem, INLINE_TASKS, keys, SCHEMA_VERSION, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";

/** Inputs of up to this many bytes lie in the header. */
const INLINE_INPUTS = 512;

export interface NewRun {
  readonly run: string;
  /** The id was drawn at random for this request. */
  readonly drawn?: boolean;
  readonly graph: Graph;
  readonly inputs?: Readonly<Record<string, Json>>;
  readonly priority?: number;
  readonly reason?: string;
  readonly schedule?: string;
  readonly nominal?: number;
  /** Its workflow's spawn budget was charged already. */
  readonly paid?: boolean;
}

export interface CreatedRun {
  readonly header: HeaderItem;
  readonly inputs: Json;
  /** False: the run existed, by the same request. */
  readonly created: boolean;
  /** The monotonic time before the write that created it was sent (ms). */
  readonly sent?: number;
}

interface BudgetItem extends Item {
  readonly tokens: number;
  readonly at: number;
  /** The runs paid for last: each pays once, however many start it at the same time. */
  readonly paid?: readonly string[];
}

const REMEMBERED = 20;

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** 18 characters that sort by time: 10 of the time in ms (Crockford's base 32), 8 of `digits` (hexadecimal). */
export const runId = (at: number, digits: string): string => {
  let time = "";
  for (let rest = at, k = 0; k < 10; k++, rest = Math.floor(rest / 32)) time = `${CROCKFORD[rest % 32]}${time}`;
  return `${time}${digits.slice(0, 8)}`;
};

/** The run that an idempotency key stands for. */
export const runIdOfKey = (workflow: string, key: string): string => `k${sha256(`${workflow}\n${key}`).slice(0, 17)}`;

/**
 * Creates a run's header, if it is absent. The same id with the same request gives the run that exists (`created: false`); with another
 * request QMOI_IDEMPOTENCY_MISMATCH. Other errors: QMOI_INVALID_INPUT, QMOI_SPAWN_BUDGET.
 */
export const createRun = async (ports: Ports, request: NewRun): Promise<CreatedRun> => {
  const { graph, run } = request;
  const { workflow } = graph;
  const inputs = await ports.checks.inputs(workflow, request.inputs ?? {});
  // An id drawn for this request stands for no other: there is nothing to compare it with.
  const fingerprint = request.drawn ? undefined : sha256(canonicalJson([workflow.name, inputs, request.priority ?? null])).slice(0, 16);
  // An id drawn for this request stands for no other run: the condition of the write is enough.
  const existing = request.drawn ? undefined : ((await ports.table.get(keys.header(run))) as HeaderItem | undefined);
  if (existing) return { header: sameRequest(existing, fingerprint), inputs, created: false };
  if (!request.paid) await payRun(ports, workflow, run);
  const header = await headerOf(ports, request, inputs, fingerprint);
  const sent = ports.clock.monotonic();
  try {
    await ports.table.put(header, { when: { site: "run.create", absent: true } });
    ports.logger.log("info", "run started", { run, workflow: header.wf, tasks: header.n, schedule: header.sch });
    return { header, inputs, created: true, sent };
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    const winner = (await ports.table.get(keys.header(run))) as HeaderItem;
    return { header: sameRequest(winner, fingerprint), inputs, created: false };
  }
};

const sameRequest = (header: HeaderItem, fingerprint: string | undefined): HeaderItem => {
  if (header.rq === fingerprint) return header;
  throw new QmoiError(
    "QMOI_IDEMPOTENCY_MISMATCH",
    `The key already stands for run ${header.pk.slice(2)}, which was started with other inputs.`,
  );
};

const headerOf = async (ports: Ports, request: NewRun, inputs: Json, fingerprint: string | undefined): Promise<HeaderItem> => {
  const { graph, run } = request;
  const now = ports.clock.now();
  const text = JSON.stringify(inputs);
  const inline = Buffer.byteLength(text) <= INLINE_INPUTS;
  if (!inline) await ports.blobs.put(`inputs/${run}.json`, Buffer.from(text));
  const most = graph.tasks.reduce((sum, task) => sum + (task.def.forEach?.max ?? 0), graph.tasks.length);
  const priority = request.priority ?? graph.workflow.priority ?? 5;
  return {
    ...keys.header(run),
    v: 1,
    sv: SCHEMA_VERSION,
    i1p: keys.workflowIndex(graph.workflow.name),
    i1s: `${String(now).padStart(14, "0")}#${run}`,
    ...activeKeys(run, priority, now),
    wf: graph.workflow.name,
    ver: graph.version,
    st: "running",
    pr: priority,
    ca: now,
    sa: now,
    ...(inline ? (text === "{}" ? {} : { in: inputs }) : { inb: `inputs/${run}.json` }),
    n: graph.tasks.length,
    small: most <= INLINE_TASKS,
    ...(fingerprint === undefined ? {} : { rq: fingerprint }),
    ...(request.schedule === undefined ? {} : { sch: request.schedule }),
    ...(request.nominal === undefined ? {} : { nom: request.nominal }),
    ...(request.reason === undefined ? {} : { why: request.reason }),
  };
};

/** Charges the workflow's spawn budget, if it has one: a token bucket in the table, so it holds over all who start runs. Errors: QMOI_SPAWN_BUDGET. */
export const payRun = async (ports: Ports, { name, spawnBudget: budget }: Workflow, run: string): Promise<void> => {
  while (budget) {
    const stored = (await ports.table.get(keys.budget(name))) as BudgetItem | undefined;
    if (stored?.paid?.includes(run)) return;
    const taken = takeToken(stored, budget.runs, budget.per, ports.clock.now());
    if ("wait" in taken) {
      const seconds = Math.ceil(taken.wait / 1000);
      throw new QmoiError("QMOI_SPAWN_BUDGET", `"${name}" may start ${budget.runs} runs in ${budget.per} s; the next one in ${seconds} s.`);
    }
    try {
      await ports.table.put(
        { ...keys.budget(name), v: (stored?.v ?? 0) + 1, ...taken.bucket, paid: [...(stored?.paid ?? []), run].slice(-REMEMBERED) },
        { when: unchanged("budget.spend", stored) },
      );
      return;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    }
  }
};
