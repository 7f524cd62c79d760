import type { WorkflowDocument } from "@qmoi/config";
import type { Json } from "@qmoi/core";
import type { SeededRandom } from "../random.ts";
import type { Profile } from "../world/executors.ts";
import type { Arrival, Workload } from "./workload.ts";

/** A person's own workflow, and when its runs are started. */
export interface OwnWorkflow {
  readonly document: WorkflowDocument;
  /** Seconds after the beginning, one for each run. */
  readonly arrivals: readonly number[];
  readonly inputs?: Readonly<Record<string, Json>>;
}

type Task = WorkflowDocument["tasks"][number];

/** The longest that any work, time limit, delay or period takes in a world, in seconds: longer ones would only take longer. */
const LONGEST = { work: 4, timeout: 8, delay: 2, cap: 5, notBefore: 3, period: 10 } as const;
/** What the world's host has to give each task at most. */
const LARGEST = { cpu: 2, memory: 1e9, disk: 1e11 } as const;

/**
 * Runs of a person's own workflows. Their graphs, conditions, retries and limits are as written; times are shortened to those of a world,
 * work in proportion; what the work itself does is drawn by the seed. Their schedules are left out: the arrivals say when runs start.
 */
export const ownWorkload = (random: SeededRandom, own: readonly OwnWorkflow[]): Workload => {
  const factor =
    LONGEST.work / Math.max(LONGEST.work, ...own.flatMap(({ document }) => document.tasks.map((task) => secondsOf(task) ?? 0)));
  const profiles = new Map<string, Profile>();
  for (const { document } of own)
    for (const task of document.tasks) profiles.set(`${document.name}/${task.name}`, profileOf(random, document.name, task, factor));
  return {
    own: true,
    workflows: own.map(({ document }) => shortened(document)),
    pools: own.flatMap(({ document }) => poolsOf(document)),
    arrivals: own.flatMap(({ document, arrivals, inputs = {} }) =>
      arrivals.map((at, n): Arrival => ({ at: at * 1000, workflow: document.name, inputs, key: `${document.name}/${n}` })),
    ),
    profile: (workflow, task) => profiles.get(`${workflow}/${task.replace(/\[\d+\]$/, "")}`) as Profile,
  };
};

/** Expected seconds of a task's work, as far as its definition tells. */
const secondsOf = ({ target, estimate }: Task): number | undefined => (target.type === "wait" ? target.seconds : undefined) ?? estimate;

const profileOf = (random: SeededRandom, workflow: string, task: Task, factor: number): Profile => {
  const seconds = secondsOf(task);
  const ms = seconds === undefined ? ([1, 300] as const) : ([0.8 * seconds * factor * 1000, 1.2 * seconds * factor * 1000] as const);
  return {
    ms,
    failures: random.chance(0.8) ? 0 : random.int(1, 2),
    failsWith: random.pick(["exit", "exception", "network", "unavailable"]),
    output: { of: `${workflow}/${task.name}`, list: Array.from({ length: random.int(0, 4) }, (_, n) => n) },
    ...(task.heartbeat === undefined ? {} : { beatMs: 400 }),
  };
};

const shortened = ({ schedules: _, spawnBudget, ...rest }: WorkflowDocument): WorkflowDocument => ({
  ...rest,
  ...(spawnBudget ? { spawnBudget: { ...spawnBudget, per: Math.min(spawnBudget.per, LONGEST.period) } } : {}),
  ...(rest.retry ? { retry: shortRetry(rest.retry) } : {}),
  tasks: rest.tasks.map(shortTask),
});

const shortTask = (task: Task): Task => ({
  ...task,
  ...(task.timeout === undefined ? {} : { timeout: Math.min(task.timeout, LONGEST.timeout) }),
  ...(task.heartbeat === undefined ? {} : { heartbeat: 1 }),
  ...(task.notBefore === undefined ? {} : { notBefore: Math.min(task.notBefore, LONGEST.notBefore) }),
  ...(task.retry ? { retry: shortRetry(task.retry) } : {}),
  ...(task.rate ? { rate: { ...task.rate, per: Math.min(task.rate.per, LONGEST.period) } } : {}),
  ...(task.resources ? { resources: fitting(task.resources) } : {}),
});

const shortRetry = (retry: NonNullable<Task["retry"]>): NonNullable<Task["retry"]> => ({
  ...retry,
  delay: Math.min(retry.delay ?? 1, LONGEST.delay),
  cap: Math.min(retry.cap ?? LONGEST.cap, LONGEST.cap),
});

const fitting = ({ cpu, memory, disk, ...rest }: NonNullable<Task["resources"]>): NonNullable<Task["resources"]> => ({
  ...rest,
  ...(cpu === undefined ? {} : { cpu: Math.min(cpu, LARGEST.cpu) }),
  ...(memory === undefined ? {} : { memory: Math.min(memory, LARGEST.memory) }),
  ...(disk === undefined ? {} : { disk: Math.min(disk, LARGEST.disk) }),
});

/** Pools that the workflow takes slots of and doesn't bring, each with the most slots that a task takes. */
const poolsOf = ({ pools = {}, tasks }: WorkflowDocument): { readonly name: string; readonly largestTask: number }[] =>
  tasks.flatMap(({ resources }) => {
    const name = resources?.pool ?? "default";
    return Object.hasOwn(pools, name) ? [] : [{ name, largestTask: resources?.slots ?? 1 }];
  });
