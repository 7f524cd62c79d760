import type { RetryPolicy, WorkflowDocument } from "@qmoi/config";
import type { ErrorClass, Json } from "@qmoi/core";
import type { SeededRandom } from "../random.ts";
import type { Profile } from "../world/executors.ts";

type Task = WorkflowDocument["tasks"][number];

/** A task of a generated workflow, and what its work does. */
export interface TaskDraft {
  readonly task: Task;
  readonly profile: Profile;
  /** Its output holds a list, for a forEach that needs it. */
  readonly lists: boolean;
}

const CLASSES: readonly ErrorClass[] = ["exit", "exception", "network", "throttled", "http", "unavailable"];

/** The n-th task of a workflow; needs are drawn from the tasks before it. `once`: how likely its effect may happen once only. */
export const generateTask = (random: SeededRandom, workflow: string, n: number, before: readonly TaskDraft[], once: number): TaskDraft => {
  const name = `t${n}`;
  const needs = needsOf(random, before);
  const forEach = random.chance(0.12) ? listOf(random, before, needs) : undefined;
  const lists = forEach === undefined && random.chance(0.25);
  const heartbeat = random.chance(0.08);
  const profile = profileOf(random, `${workflow}/${name}`, lists, heartbeat);
  const task: Task = {
    name,
    target: targetOf(random),
    timeout: random.pick([1, 2, 4]),
    ...(needs.length > 0 ? { needs } : {}),
    ...(forEach ? { forEach } : {}),
    ...(heartbeat ? { heartbeat: 1 } : {}),
    ...when(random, needs),
    ...(random.chance(0.05) ? { notBefore: random.pick([0.5, 3]) } : {}),
    ...(random.chance(0.4) ? { retry: retryOf(random) } : {}),
    ...(random.chance(once) ? { effect: "once" as const } : {}),
    ...(random.chance(0.3) ? { priority: random.int(1, 10) } : {}),
    ...(random.chance(0.3) ? { type: random.pick(["kind-a", "kind-b"]) } : {}),
    ...limitsOf(random),
    ...(random.chance(0.15) ? { payload: payloadOf(needs) } : {}),
  };
  return { task, profile, lists };
};

type Needs = NonNullable<Task["needs"]>;

const needsOf = (random: SeededRandom, before: readonly TaskDraft[]): Needs => {
  if (before.length === 0 || random.chance(0.15)) return [];
  // A task that needs a failure needs nothing else: with a success that rests on the same task it could never run.
  if (random.chance(0.08)) return [{ task: random.pick(before).task.name, on: "failure" }];
  const needs = new Map<string, Needs[number]>();
  for (let count = random.pick([1, 1, 2, 2, 3, 5]); count > 0; count--) {
    // Mostly what stands shortly before, so that graphs have some depth.
    const from = random.chance(0.7) ? Math.max(0, before.length - 5) : 0;
    const { name } = (before[random.int(from, before.length - 1)] as TaskDraft).task;
    const on = random.next();
    needs.set(name, on < 0.5 ? name : { task: name, on: on < 0.65 ? "success" : "always" });
  }
  return [...needs.values()];
};

const nameOf = (need: Needs[number]): string => (typeof need === "string" ? need : need.task);

const listOf = (random: SeededRandom, before: readonly TaskDraft[], needs: Needs): NonNullable<Task["forEach"]> => {
  const max = random.chance(0.3) ? 600 : 10;
  const source = before.find(({ lists, task }) => lists && needs.some((need) => need === task.name));
  if (source) return { list: `tasks.${source.task.name}.output.list`, max };
  return { list: random.pick(["inputs.list", "[1, 2, 3]", "['x']", "[]"]), max };
};

const when = (random: SeededRandom, needs: Needs): { when?: string } => {
  const [first] = needs;
  if (random.chance(0.05)) return { when: "inputs.k != 'c'" };
  return first && random.chance(0.08) ? { when: `tasks.${nameOf(first)}.state == 'succeeded' || inputs.k == 'a'` } : {};
};

const retryOf = (random: SeededRandom): RetryPolicy => ({
  attempts: random.int(1, 4),
  backoff: random.pick(["constant", "linear", "exponential"]),
  delay: random.pick([0, 0.2, 1, 2]),
  cap: 5,
  jitter: random.pick(["none", "full"]),
  ...(random.chance(0.2) ? { on: ["exit", "network", "timeout", "lost"] } : {}),
});

const limitsOf = (random: SeededRandom): Pick<Task, "resources" | "concurrency" | "rate"> => {
  const pool = random.pick(["default", "default", "default", "wide", "own"]);
  const slots = random.chance(0.2) ? 2 : 1;
  const key = random.pick([
    { key: "1:${{ inputs.k }}", limit: 1 },
    { key: "2:shared", limit: 2 },
    { key: "3:${{ inputs.k }}", limit: 3 },
  ]);
  const rate = random.pick([
    { key: "3:10:api", limit: 3, per: 10 },
    { key: "1:2:${{ inputs.k }}", limit: 1, per: 2 },
  ]);
  return {
    resources: {
      pool,
      slots,
      ...(random.chance(0.1) ? { cpu: random.pick([0.5, 1, 2]) } : {}),
      ...(random.chance(0.1) ? { memory: random.pick([1e8, 1e9]) } : {}),
    },
    ...(random.chance(0.14) ? { concurrency: key } : {}),
    ...(random.chance(0.1) ? { rate } : {}),
  };
};

const targetOf = (random: SeededRandom): Task["target"] =>
  random.pick<Task["target"]>([
    { type: "function", module: "work.ts" },
    { type: "function", module: "work.ts" },
    { type: "process", command: "work" },
    { type: "process", command: "work", env: { TOKEN: { secretRef: "env:TOKEN" } } },
    { type: "http", url: "https://example.com/work" },
  ]);

const payloadOf = (needs: Needs): Json => ({
  k: "${{ inputs.k }}",
  needs: Object.fromEntries(needs.map((need) => [nameOf(need), `\${{ tasks['${nameOf(need)}'].output }}`])),
});

const profileOf = (random: SeededRandom, name: string, lists: boolean, beats: boolean): Profile => {
  const failures = random.chance(0.75) ? 0 : random.chance(0.75) ? random.int(1, 2) : Number.POSITIVE_INFINITY;
  const slow = random.chance(0.15);
  return {
    ms: slow ? [400, 2000] : [1, 200],
    failures,
    failsWith: random.pick(CLASSES),
    ...(random.chance(0.1) ? { retryAfterMs: 700 } : {}),
    output: {
      of: name,
      ...(lists ? { list: Array.from({ length: random.int(0, 4) }, (_, n) => n) } : {}),
      ...(random.chance(0.15) ? { large: "y".repeat(200) } : {}),
    },
    ...(beats ? { beatMs: 400 } : {}),
  };
};
