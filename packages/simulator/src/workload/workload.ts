import type { WorkflowDocument } from "@qmoi/config";
import type { Json } from "@qmoi/core";
import type { SeededRandom } from "../random.ts";
import type { Profile } from "../world/executors.ts";
import { generateTask, type TaskDraft } from "./task.ts";

/** One run that a person asks for. */
export interface Arrival {
  /** Milliseconds after the world's beginning. */
  readonly at: number;
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly key: string;
}

export interface Workload {
  /** Written by a person: their expressions may fail, since outputs are drawn. */
  readonly own?: boolean;
  /** Pools of the configuration that it needs besides the world's. */
  readonly pools?: readonly { readonly name: string; readonly largestTask: number }[];
  readonly workflows: readonly WorkflowDocument[];
  readonly arrivals: readonly Arrival[];
  /** What the work of a task does. */
  readonly profile: (workflow: string, task: string) => Profile;
}

export interface WorkloadOptions {
  /** Least number of tasks over all runs that persons start. */
  readonly tasks: number;
  /** Arrivals spread over so many ms. */
  readonly span: number;
}

const POOL_SLOTS = [2, 3, 6] as const;

/** Workflows, and runs of them, that use everything the engine offers; the randomness given decides which. */
export const generateWorkload = (random: SeededRandom, { tasks, span }: WorkloadOptions): Workload => {
  const workflows: WorkflowDocument[] = [];
  const profiles = new Map<string, Profile>();
  const arrivals: Arrival[] = [];
  // In some worlds people have much to decide: of such an effect nobody knows whether it happened.
  const once = random.pick([0.1, 0.1, 0.1, 0.5]);
  for (let total = 0, n = 0; total < tasks; n++) {
    const name = `flow-${n}`;
    const drafts = draftTasks(random, name, Math.min(random.int(6, 22), Math.max(3, tasks - total)), once);
    for (const draft of drafts) profiles.set(`${name}/${draft.task.name}`, draft.profile);
    workflows.push(workflowOf(random, name, drafts, n));
    // No more than it takes to have enough tasks: what a world costs goes with them.
    for (let runs = Math.min(random.int(1, 3), Math.ceil((tasks - total) / drafts.length)); runs > 0; runs--) {
      arrivals.push({ at: random.between(0, span), workflow: name, inputs: inputsOf(random), key: `${name}/${runs}` });
      total += drafts.length;
    }
  }
  if (random.chance(0.6)) {
    const drafts = draftTasks(random, "timed", random.int(1, 3), once);
    for (const draft of drafts) profiles.set(`timed/${draft.task.name}`, draft.profile);
    workflows.push(timedWorkflow(random, drafts));
  }
  return {
    workflows,
    arrivals,
    profile: (workflow, task) => {
      const profile = profiles.get(`${workflow}/${task.replace(/\[\d+\]$/, "")}`);
      if (!profile) throw new Error(`no profile of ${workflow}/${task}`);
      return profile;
    },
  };
};

const draftTasks = (random: SeededRandom, workflow: string, count: number, once: number): TaskDraft[] => {
  const drafts: TaskDraft[] = [];
  for (let n = 0; n < count; n++) drafts.push(generateTask(random, workflow, n, drafts, once));
  return drafts;
};

const workflowOf = (random: SeededRandom, name: string, drafts: readonly TaskDraft[], n: number): WorkflowDocument => ({
  name,
  priority: random.int(1, 10),
  pools: { own: { slots: random.pick(POOL_SLOTS) } },
  ...(random.chance(0.2) ? { retry: { attempts: random.int(2, 3), backoff: "linear", delay: 0.5, cap: 3, jitter: "none" } } : {}),
  ...(n > 0 && random.chance(0.2) ? { spawnBudget: { runs: 2, per: 30 } } : {}),
  ...(random.chance(0.2) ? { deadline: 60 } : {}),
  tasks: drafts.map((draft) => draft.task),
});

/** A workflow that its schedules start: each minute, or nearly. */
const timedWorkflow = (random: SeededRandom, drafts: readonly TaskDraft[]): WorkflowDocument => ({
  name: "timed",
  pools: { own: { slots: 3 } },
  ...(random.chance(0.4) ? { spawnBudget: { runs: 3, per: 240 } } : {}),
  schedules: Array.from({ length: random.int(1, 3) }, (_, n) => ({
    ...(n === 0 ? {} : { name: `s${n}` }),
    expression: random.pick(["cron(* * * * ? *)", "cron(* * * * ? *)", "rate(1 minute)", "cron(0/2 * * * ? *)"]),
    timezone: random.pick(["UTC", "Europe/Berlin", "America/New_York"]),
    misfire: random.pick(["run-once", "run-all", "skip"]),
    misfireCap: random.int(1, 3),
    overlap: random.pick(["skip", "queue-one", "queue-all", "cancel-running", "allow"]),
    inputs: inputsOf(random),
  })),
  tasks: drafts.map((draft) => draft.task),
});

const inputsOf = (random: SeededRandom): Readonly<Record<string, Json>> => ({
  k: random.pick(["a", "b", "c"]),
  list: Array.from({ length: random.int(0, 4) }, (_, n) => n),
  ...(random.chance(0.2) ? { large: "x".repeat(600) } : {}),
});
