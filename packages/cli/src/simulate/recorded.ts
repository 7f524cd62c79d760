import { type Attempt, type Client, eachItem, type Run, type Task } from "@qmoi/client";
import type { Workflow } from "@qmoi/config";
import { hasCode } from "@qmoi/core";
import type { PlayedRun, PlayedTask, Span } from "@qmoi/simulator";

/** Runs as they were, to be played again, and what their attempts really did. */
export interface Recorded {
  readonly runs: readonly PlayedRun[];
  readonly spans: readonly Span[];
  /** Slots of the pools that their workflows bring. */
  readonly pools: Readonly<Record<string, number>>;
}

const AT_ONCE = 8;

/** The newest `most` runs that have ended. */
export const readRecorded = async (client: Client, most: number): Promise<Recorded> => {
  const ended: Run[] = [];
  for await (const run of eachItem((after) => client.runs({ limit: 100, ...(after === undefined ? {} : { after }) }))) {
    if (run.endedAt !== null) ended.push(run);
    if (ended.length === most) break;
  }
  const definitions = new Map<string, Promise<Workflow | undefined>>();
  const read: { run: PlayedRun; spans: Span[] }[] = [];
  for (let first = 0; first < ended.length; first += AT_ONCE)
    read.push(...(await Promise.all(ended.slice(first, first + AT_ONCE).map((run) => readRun(client, run, definitions)))));
  const known = await Promise.all(definitions.values());
  return {
    runs: read.map(({ run }) => run),
    spans: read.flatMap(({ spans }) => spans),
    pools: Object.assign({}, ...known.map((definition) => (definition ? poolsOf(definition) : {}))),
  };
};

/** Pools that a workflow brings, under the names that its tasks know. */
export const poolsOf = ({ name, pools = {} }: Pick<Workflow, "name" | "pools">): Record<string, number> =>
  Object.fromEntries(Object.entries(pools).map(([pool, { slots }]) => [`${name}/${pool}`, slots]));

const readRun = async (
  client: Client,
  run: Run,
  definitions: Map<string, Promise<Workflow | undefined>>,
): Promise<{ run: PlayedRun; spans: Span[] }> => {
  const key = `${run.workflow}@${run.version}`;
  const known = definitions.get(key) ?? definitionOf(client, run);
  definitions.set(key, known);
  const [definition, tasks, attempts] = await Promise.all([
    known,
    all<Task>((after) => client.tasks(run.run, { limit: 1000, ...(after === undefined ? {} : { after }) })),
    all<Attempt>((after) => client.history({ run: run.run, limit: 1000, ...(after === undefined ? {} : { after }) })),
  ]);
  const at = Date.parse(run.createdAt);
  const deadline = definition?.deadline;
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return {
    run: {
      run: run.run,
      workflow: run.workflow,
      at,
      priority: run.priority,
      ...(deadline === undefined ? {} : { deadlineAt: at + 1000 * deadline }),
      tasks: tasksOf(tasks, attempts, definition),
    },
    spans: attempts.flatMap((attempt): Span[] => {
      const task = byName.get(attempt.task);
      if (!task || !worked(attempt)) return [];
      const [readyAt, startedAt, endedAt] = [attempt.readyAt, attempt.startedAt, attempt.endedAt].map((time) => Date.parse(time as string));
      return [{ run: run.run, workflow: run.workflow, task, readyAt, startedAt, endedAt } as Span];
    }),
  };
};

/** A version may have been deleted since. */
const definitionOf = async (client: Client, { workflow, version }: Run): Promise<Workflow | undefined> => {
  try {
    return (await client.workflow(workflow, version)).definition as Workflow;
  } catch (error) {
    if (hasCode(error, "QMOI_NOT_FOUND")) return undefined;
    throw error;
  }
};

const all = async <T>(page: Parameters<typeof eachItem<T>>[0]): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of eachItem(page)) items.push(item);
  return items;
};

/** Whether it held its slots: a void one didn't, and what a person decided took none. */
const worked = ({ state, endedAt, worker }: Attempt): boolean => state !== "void" && endedAt !== null && worker !== "person";

/**
 * Tasks that held slots, each for as long as all its attempts did together. What never did (skipped, cancelled before its start, the forEach
 * behind its instances) is left out: who needed it needs what it needed, or its instances.
 */
const tasksOf = (tasks: readonly Task[], attempts: readonly Attempt[], definition: Workflow | undefined): PlayedTask[] => {
  const seconds = new Map<string, number>();
  for (const attempt of attempts) {
    if (!worked(attempt)) continue;
    const took = (Date.parse(attempt.endedAt as string) - Date.parse(attempt.startedAt)) / 1000;
    seconds.set(attempt.task, (seconds.get(attempt.task) ?? 0) + took);
  }
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const instances = new Map<string, string[]>();
  for (const { name } of tasks) {
    const template = name.replace(/\[\d+\]$/, "");
    if (template !== name) instances.set(template, [...(instances.get(template) ?? []), name]);
  }
  const played = tasks.filter(({ name }) => seconds.has(name));
  const numbers = new Map(played.map(({ name }, n) => [name, n]));
  const numbersOf = (name: string, seen: Set<string>): number[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    const number = numbers.get(name);
    if (number !== undefined) return [number];
    return [...(instances.get(name) ?? byName.get(name)?.needs ?? [])].flatMap((need) => numbersOf(need, seen));
  };
  const defined = new Map(definition?.tasks.map((task) => [task.name, task]));
  return played.map(({ name, needs, pool, slots, type }): PlayedTask => {
    const def = defined.get(name.replace(/\[\d+\]$/, ""));
    const seen = new Set<string>([name]);
    return {
      name,
      needs: needs.flatMap((need) => numbersOf(need, seen)),
      pool,
      slots,
      type,
      priority: def?.priority ?? 5,
      seconds: seconds.get(name) as number,
      estimate: def?.estimate ?? 1,
    };
  });
};
