import type { Table } from "@qmoi/core";
import { POLICIES } from "@qmoi/intelligent-scheduler";
import { type EngineSettings, Keys, SettledTable } from "@qmoi/runtime";
import { Chaos, ratesOf } from "../chaos.ts";
import { Cluster, type Process } from "../cluster.ts";
import { defaultRetries } from "../default-retries.ts";
import { currentToken, effectOnce } from "../invariants/effects.ts";
import { freshReading, promptStop } from "../invariants/readings.ts";
import { noDefect } from "../invariants/rest.ts";
import type { Violation } from "../judge.ts";
import { hasEnded } from "../ledger.ts";
import { SmallStores } from "../ports/small-stores.ts";
import { SeededRandom } from "../random.ts";
import { Person } from "../workload/person.ts";
import { generateWorkload, type Workload } from "../workload/workload.ts";
import type { Fault } from "../world/faults.ts";
import { WORLD_SETTINGS } from "../world-settings.ts";
import { restoreInvariants } from "./invariants.ts";
import { Restorer } from "./restorer.ts";

export interface RestoreWorldOptions {
  readonly seed: number;
  readonly settle: () => Promise<void>;
  /** Leaves out what engines see to after a restore: for the proof that it is needed. */
  readonly unsettled?: boolean;
  readonly dropped?: ReadonlySet<string>;
  readonly trace?: (line: string) => void;
}

export interface RestoreWorldResult {
  readonly seed: number;
  readonly steps: number;
  readonly backups: number;
  readonly outcomes: { readonly done: number; readonly undone: number; readonly asked: number };
  readonly faults: ReadonlyMap<Fault, ReadonlyMap<string, number>>;
  readonly violation?: Violation;
}

const MINUTE = 60_000;
const SPAN_MS = 25_000;
const FIRST_BACKUP_MS = [4_000, 20_000] as const;
const BETWEEN_MS = [3_000, 25_000] as const;
const CALM_MS = [60_000, 110_000] as const;
const REST_MS = 30 * MINUTE;
const TIDY_MS = 15_000;
const SKEW_MS = 2_500;

/** Lives through a world in which backups are made and restored while several processes work and everything fails now and then. */
export const simulateRestores = async (options: RestoreWorldOptions): Promise<RestoreWorldResult> => {
  const random = new SeededRandom(`restores ${options.seed}`);
  const shape = random.fork("shape");
  const workload = generateWorkload(random.fork("workload"), { tasks: 16, span: SPAN_MS });
  const backups = new SmallStores();
  const raws = new WeakMap<Table, Table>();
  const seen = (raw: Table): Table => {
    const table = options.unsettled ? { ...bound(raw) } : new SettledTable(raw);
    raws.set(table, raw);
    return table;
  };
  const cluster = await Cluster.open({
    seed: random.seed,
    settle: options.settle,
    epoch: Date.UTC(2026, 0, 1) + shape.int(0, 400 * 24 * 60) * MINUTE,
    faults: { rates: ratesOf(random.fork("fault kinds"), {}) },
    latency: (draw) => (draw.chance(0.9) ? draw.between(0, 5) : draw.between(0, 80)),
    settings: settingsOf(shape),
    capacity: { cpu: 4, memory: 4e9, disk: 1e12 },
    skews: { ahead: SKEW_MS, behind: SKEW_MS, far: false },
    profile: (_, task, workflow) => workload.profile(workflow, task),
    invariants: [freshReading, promptStop, currentToken, effectOnce, noDefect, ...restoreInvariants(backups)],
    seen,
    ...(options.dropped ? { dropped: options.dropped } : {}),
    ...(options.trace ? { trace: options.trace } : {}),
  });
  const { world, judge, store } = cluster;
  const restorer = new Restorer({
    cluster,
    random: random.fork("restorer"),
    store: backups,
    raw: (table) => raws.get(table) as Table,
  });
  const roles = new Map<string, Process["roles"]>([
    ["engine0", {}],
    ["engine1", {}],
    ["worker0", { decides: false, schedules: false }],
  ]);
  const start = (name: string): void => {
    const process = cluster.start(name, roles.get(name) as Process["roles"]);
    if (process.roles.decides !== false && shape.chance(0.3)) restorer.recover(process);
  };
  const chaos = new Chaos(cluster, random.fork("chaos"), false, start);
  for (const name of roles.keys()) {
    chaos.setClock(name);
    world.after(shape.between(0, 1_000), undefined, () => start(name));
  }
  const person = new Person(cluster, random.fork("person"));
  arrive(cluster, person, workload);
  issueKeys(cluster, random.fork("keys"));
  const planned = plan(cluster, restorer, workload, random.fork("plan"));
  chaos.begin();
  await world.until(() => false, shape.between(...CALM_MS));

  cluster.faults.active = false;
  chaos.over = true;
  for (const name of roles.keys()) if (!chaos.gone.has(name) && !cluster.processes.has(name)) start(name);
  judge.tell("calm", undefined);
  const tidy = (): void => {
    person.decide();
    for (const item of store.all()) {
      if (item.st !== "paused") continue;
      // To let it go on could let an effect happen again.
      const ask = (plane: Process["plane"]) => (item.pst === undefined ? plane.resume(item.pk.slice(2)) : plane.cancel(item.pk.slice(2)));
      const able = [...cluster.processes.values()].find(({ roles: does }) => does.decides !== false);
      if (able) void ask(able.plane).catch(() => undefined);
    }
    world.after(TIDY_MS, undefined, tidy);
  };
  tidy();
  await world.until(() => planned.over && restorer.asking === 0, world.now + REST_MS);
  // Only now: a restore brings a schedule back.
  for (const workflow of workload.workflows.filter(({ schedules }) => schedules))
    person.publish({ ...workflow, schedules: (workflow.schedules ?? []).map((one) => ({ ...one, enabled: false })) }, () => undefined);
  const headers = (): boolean => [...store.all()].every((item) => item.sk !== "H" || !item.pk.startsWith("R#") || hasEnded(item as never));
  await world.until(() => person.asking === 0 && headers(), world.now + REST_MS);
  await world.until(() => false, world.now + MINUTE);
  if (!world.ended) judge.tell("end", undefined);
  return {
    seed: options.seed,
    steps: world.steps,
    backups: restorer.made.length,
    outcomes: restorer.outcomes,
    faults: cluster.faults.counts,
    ...(judge.violation ? { violation: judge.violation } : {}),
  };
};

/** One backup after another, and a restore after each but some. */
const plan = ({ world, store }: Cluster, restorer: Restorer, { workflows }: Workload, random: SeededRandom): { readonly over: boolean } => {
  const planned = { over: false };
  let left = random.int(2, 4);
  const next = (): void => {
    // What a backup does not know of yet could not be started after its restore.
    if (!workflows.every(({ name }) => store.peek({ pk: "W", sk: name }))) return void world.after(1_000, undefined, next);
    if (left-- === 0) {
      planned.over = true;
      return;
    }
    restorer.backUp();
    world.after(random.between(...BETWEEN_MS), undefined, () =>
      restorer.restore(() => world.after(random.between(...BETWEEN_MS), undefined, next)),
    );
  };
  world.after(random.between(...FIRST_BACKUP_MS), undefined, next);
  return planned;
};

const arrive = ({ world, processes }: Cluster, person: Person, { workflows, arrivals }: Workload): void => {
  for (const workflow of workflows) person.publish(workflow, () => undefined);
  for (const [n, arrival] of arrivals.entries()) {
    world.after(arrival.at, undefined, () => {
      if (n % 2 === 0) return person.start(arrival);
      // Without a key nothing tells that it was there, once a restore has taken it back.
      const [any] = [...processes.values()].filter(({ roles }) => roles.decides !== false);
      void any?.plane.startRun({ workflow: arrival.workflow, inputs: arrival.inputs }).catch(() => undefined);
    });
  }
};

/** Keys that are made and, some of them, revoked. */
const issueKeys = ({ world, processes }: Cluster, random: SeededRandom): void => {
  const of = (): Keys | undefined => {
    const any = [...processes.values()].find(({ roles }) => roles.decides !== false);
    return any && new Keys(any.engine.ports);
  };
  for (let n = 0; n < 4; n++) {
    world.after(random.between(0, 40_000), undefined, () => {
      void of()
        ?.create({ name: `key ${n}`, role: "viewer" }, "person")
        .then(
          ({ id }) =>
            void world.after(
              random.between(0, 30_000),
              undefined,
              () =>
                void of()
                  ?.revoke(id)
                  .catch(() => undefined),
            ),
        )
        .catch(() => undefined);
    });
  }
};

const settingsOf = (random: SeededRandom): EngineSettings => ({
  ...WORLD_SETTINGS,
  pools: { default: { slots: random.int(2, 6), largestTask: 2 }, wide: { slots: 44, largestTask: 2 } },
  policy: random.pick(POLICIES).name,
  maxRunning: 100,
  runningOfType: {},
  retries: defaultRetries({ attempts: 3, backoff: "exponential", delay: 0.5, cap: 5, jitter: "none" }),
  defaultMemoryBytes: 0,
});

const bound = (table: Table): Table => ({
  get: (key) => table.get(key),
  put: (item, put) => table.put(item, put),
  delete: (key, when) => table.delete(key, when),
  query: (query) => table.query(query),
  queryIndex: (query) => table.queryIndex(query),
  scan: (request) => table.scan(request),
  subscribe: (handler, subscribe) => table.subscribe(handler, subscribe),
  close: () => table.close(),
});
