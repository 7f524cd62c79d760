import type { WorkflowDocument } from "@qmoi/config";
import { POLICIES } from "@qmoi/intelligent-scheduler";
import type { EngineSettings } from "@qmoi/runtime";
import { Chaos, FAR_MS, ratesOf } from "./chaos.ts";
import { Cluster, type Process } from "./cluster.ts";
import { defaultRetries } from "./default-retries.ts";
import { INVARIANTS } from "./invariants/index.ts";
import type { Violation } from "./judge.ts";
import { hasEnded } from "./ledger.ts";
import { SeededRandom } from "./random.ts";
import { oldData } from "./workload/old-data.ts";
import { type OwnWorkflow, ownWorkload } from "./workload/own-workload.ts";
import { Person } from "./workload/person.ts";
import { generateWorkload, type Workload } from "./workload/workload.ts";
import type { Aim, Fault } from "./world/faults.ts";
import { WORLD_SETTINGS } from "./world-settings.ts";

export interface SeedOptions {
  readonly seed: number;
  readonly settle: () => Promise<void>;
  /** Least tasks of the world's workload; 40 otherwise. */
  readonly tasks?: number;
  /** Workflows to run instead of generated ones. */
  readonly workflows?: readonly OwnWorkflow[];
  /** Slots of the pool `default` (and of others that own workflows name); drawn otherwise. */
  readonly slots?: number;
  /** Name of the policy that orders the work; drawn otherwise. */
  readonly policy?: string;
  /** The only faults that may happen; all otherwise. */
  readonly only?: readonly Fault[];
  /** How often faults happen, per opportunity; drawn otherwise. */
  readonly rates?: Readonly<Partial<Record<Fault, number>>>;
  /** After so many faults no more happen. */
  readonly most?: number;
  /** Faults that lie in wait at places, besides those that are drawn. */
  readonly aims?: readonly Aim[];
  /** Whether people cancel, pause, stop and so on. */
  readonly meddling?: boolean;
  /** Everything runs as functions: an engine for each event. */
  readonly functions?: boolean;
  readonly dropped?: ReadonlySet<string>;
  readonly trace?: (line: string) => void;
}

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  /** Virtual time that passed, in ms. */
  readonly virtualMs: number;
  readonly tasks: number;
  readonly faults: ReadonlyMap<Fault, ReadonlyMap<string, number>>;
  readonly violation?: Violation;
}

const MINUTE = 60_000;
/** Arrivals, and the time until faults cease. */
const SPAN_MS = 25_000;
const CHAOS_MS = [45_000, 90_000] as const;
/** Within so long after the faults ceased everything has come to rest. */
const REST_MS = 30 * MINUTE;
/** Besides, for each task of own workflows: there may be many. */
const OWN_REST_MS = 10_000;
/** A tick, and some: what the faults left of schedules is decided. */
const DECIDED_MS = 90_000;
/** Two ticks, and some: what was left behind is given back. */
const SETTLE_MS = 200_000;
const TIDY_MS = 15_000;
/** How often the master's module works. */
const MASTER_MS = MINUTE;
/** When persons decide what has been held by then, as parts of the time until faults cease. */
const DECIDED_AT = [0.5, 0.8, 0.97] as const;
const DAYS = 400;

/** Lives through one seed's world: its faults, then the calm in which everything must come to rest. */
export const simulateSeed = async (options: SeedOptions): Promise<SeedResult> => {
  const random = new SeededRandom(`seed ${options.seed}`);
  const shape = random.fork("shape");
  const far = shape.chance(0.15);
  const epoch = Date.UTC(2026, 0, 1) + shape.int(0, DAYS * 24 * 60) * MINUTE + shape.int(0, MINUTE);
  const workload = workloadOf(random.fork("workload"), options);
  const skew = far ? FAR_MS + 10_000 : 2_500;
  const cluster = await Cluster.open({
    seed: `seed ${options.seed}`,
    settle: options.settle,
    epoch,
    faults: {
      rates: ratesOf(random.fork("fault kinds"), options),
      ...optional({ only: options.only, most: options.most, aims: options.aims }),
    },
    latency: (draw) => (draw.chance(0.9) ? draw.between(0, 5) : draw.between(0, 80)),
    settings: settingsOf(shape, workload, options),
    capacity: { cpu: 4, memory: 4e9, disk: 1e12 },
    skews: { ahead: skew, behind: skew, far },
    profile: (_, task, workflow) => workload.profile(workflow, task),
    own: workload.own ?? false,
    invariants: INVARIANTS,
    before: (small) => oldData(epoch, small),
    ...optional({ dropped: options.dropped, functions: options.functions, trace: options.trace }),
  });
  const { world, judge, faults } = cluster;
  const roles = rolesOf(shape);
  const start = (name: string): void => {
    const restart = shape.chance(0.5);
    cluster.start(name, roles.get(name) as Process["roles"], restart ? (worker) => cluster.isDead(worker) : undefined);
  };
  const chaos = new Chaos(cluster, random.fork("chaos"), far, start);
  for (const name of roles.keys()) {
    chaos.setClock(name);
    world.after(shape.between(0, 2_000), undefined, () => start(name));
  }
  const person = new Person(cluster, random.fork("person"));
  arrive(cluster, person, workload);
  chaos.begin();
  const lastArrival = Math.max(0, ...workload.arrivals.map(({ at }) => at));
  const calmAt = Math.max(shape.between(...CHAOS_MS), lastArrival + SPAN_MS);
  const rest = REST_MS + 2 * skew + OWN_REST_MS * (workload.own ? workload.arrivals.length * mostTasks(workload) : 0);
  const tick = (): void => {
    person.tick();
    world.after(MASTER_MS, undefined, tick);
  };
  world.after(shape.fork("master").between(0, MASTER_MS), undefined, tick);
  if (options.meddling ?? true) meddle(cluster, person, random.fork("meddling"), calmAt);
  await world.until(() => false, calmAt);

  faults.active = false;
  chaos.over = true;
  for (const name of roles.keys()) if (!chaos.gone.has(name) && !cluster.processes.has(name)) start(name);
  judge.tell("calm", undefined);
  const tidy = (): void => {
    person.tidy();
    world.after(TIDY_MS, undefined, tidy);
  };
  tidy();
  if (workload.workflows.some(({ schedules }) => schedules)) await world.until(() => false, calmAt + DECIDED_MS + skew);
  disableSchedules(cluster, person);
  const atRest = (): boolean => person.asking === 0 && [...judge.ledger.runs.values()].every((run) => hasEnded(run.header));
  await world.until(atRest, calmAt + rest);
  await world.until(() => false, world.now + SETTLE_MS);
  if (!world.ended) judge.tell("end", undefined);
  return {
    seed: options.seed,
    steps: world.steps,
    virtualMs: world.now,
    tasks: [...judge.ledger.runs.values()].reduce((sum, run) => sum + run.bits.length, 0),
    faults: faults.counts,
    ...optional({ violation: judge.violation }),
  };
};

/** Two engines and four workers: on the engines' machines or on their own. */
const rolesOf = (random: SeededRandom): Map<string, Process["roles"]> => {
  const apart = random.chance(0.3);
  const engine = { works: !apart };
  const worker = { decides: false, schedules: false };
  const workers = Array.from({ length: apart ? 4 : 2 }, (_, n) => [`worker${n}`, worker] as const);
  return new Map<string, Process["roles"]>([["engine0", engine], ["engine1", engine], ...workers]);
};

const workloadOf = (random: SeededRandom, { workflows, tasks = 40 }: SeedOptions): Workload =>
  workflows ? ownWorkload(random, workflows) : generateWorkload(random, { tasks, span: SPAN_MS });

const mostTasks = ({ workflows }: Workload): number => Math.max(...workflows.map(({ tasks }) => tasks.length));

/** The world's pools, and those that own workflows need, with room for the largest task. */
const poolsOf = (random: SeededRandom, { pools: own = [] }: Workload, slots: number | undefined): EngineSettings["pools"] => {
  const pools: Record<string, { slots: number; largestTask: number }> = {
    default: { slots: random.int(2, 10), largestTask: 2 },
    wide: { slots: 44, largestTask: 2 },
  };
  if (slots !== undefined) pools.default = { slots, largestTask: Math.min(slots, 2) };
  for (const { name, largestTask } of own) {
    const known = pools[name] ?? { slots: slots ?? 4, largestTask: 1 };
    pools[name] = { slots: Math.max(known.slots, largestTask), largestTask: Math.max(known.largestTask, largestTask) };
  }
  return pools;
};

const settingsOf = (random: SeededRandom, workload: Workload, { slots, policy }: SeedOptions): EngineSettings => ({
  ...WORLD_SETTINGS,
  pools: poolsOf(random, workload, slots),
  policy: policy ?? random.fork("policy").pick(POLICIES).name,
  maxRunning: random.pick([6, 100]),
  runningOfType: random.chance(0.3) ? { function: 3 } : {},
  retries: defaultRetries({ attempts: 3, backoff: "exponential", delay: 0.5, cap: 5, jitter: random.pick(["none", "full"]) }),
  defaultMemoryBytes: random.pick([0, 1e8]),
});

const arrive = (cluster: Cluster, person: Person, workload: Workload): void => {
  const { world, judge, store } = cluster;
  for (const workflow of workload.workflows) {
    if (workflow.spawnBudget) judge.budgets.set(workflow.name, workflow.spawnBudget);
    person.publish(workflow, () => {
      if (workflow.schedules) judge.schedule(workflow.name, store.peek({ pk: "W", sk: workflow.name })?.at as number);
    });
  }
  for (const arrival of workload.arrivals) world.after(arrival.at, undefined, () => person.start(arrival));
};

const meddle = (cluster: Cluster, person: Person, random: SeededRandom, until: number): void => {
  for (let at = random.between(0, 30_000); at < until; at += random.between(0, 30_000))
    cluster.world.after(at, undefined, () => person.meddle());
  for (let at = random.between(0, 16_000); at < until; at += random.between(0, 16_000))
    cluster.world.after(at, undefined, () => person.look());
  for (const part of DECIDED_AT) cluster.world.after(part * until, undefined, () => person.decide());
};

/** Schedules end, so that everything can. Their nominal times up to now must have their records. */
const disableSchedules = (cluster: Cluster, person: Person): void => {
  const { judge, world } = cluster;
  for (const scheduled of judge.scheduled.values()) {
    scheduled.until = world.time;
    const { workflow } = scheduled;
    const disabled = { ...workflow, schedules: (workflow.schedules ?? []).map((schedule) => ({ ...schedule, enabled: false })) };
    person.publish(disabled as WorkflowDocument, () => undefined);
  }
};

const optional = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
