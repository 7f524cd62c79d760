import { BlobTaskLogs, type Completion, EmfMetrics, type FunctionLogger, SqsSender, together } from "@qmoi/adapters/aws";
import { type BoundTargets, boundTargets, type Checks, type Config } from "@qmoi/config";
import { QmoiError, type Table, type TargetRunner } from "@qmoi/core";
import { type FreshConfiguration, type Hint, type Ports, SettledTable, settingsOf, type Wake } from "@qmoi/runtime";
import { openConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { openStore } from "./store.ts";

/** A function is no host of work: limiters bound what runs, the platform what one invocation may use. */
const PLENTY = { cpu: Number.MAX_SAFE_INTEGER, memory: Number.MAX_SAFE_INTEGER, disk: Number.MAX_SAFE_INTEGER };

/** What a function is made of, built once a cold start. Nothing in it is the state of a run. */
export interface CloudSystem {
  readonly env: Environment;
  readonly configuration: FreshConfiguration;
  readonly logger: FunctionLogger;
  readonly metrics: EmfMetrics;
  readonly ports: Ports;
  /** The table as it is, also while a restore replaces what it holds. */
  readonly table: Table;
  readonly wakes: SqsSender<Wake>;
  readonly completions: SqsSender<Completion>;
  /** Has somebody look at the runs when their time has come. */
  readonly later: (wakes: readonly Wake[]) => Promise<void>;
}

/** Types of targets that the task-runner runs; the other functions only know that there are these. */
export const TARGET_TYPES = ["http", "wait", "lambda", "function", "step-functions", "ecs"] as const;

/** What it takes to run tasks. */
export type Work = Pick<Ports, "targets" | "secrets">;

/** What is there to build it with. */
export interface WorkParts extends Pick<Ports, "clock"> {
  readonly env: Environment;
  readonly completions: SqsSender<Completion>;
}

const notHere = async (): Promise<never> => {
  throw new QmoiError("QMOI_TARGET_UNAVAILABLE", "Tasks run in the task-runner alone.");
};
/** Of these, work can be told to end that goes on elsewhere. */
const STOPPABLE: ReadonlySet<string> = new Set(["step-functions", "ecs"]);
const named = (type: string): TargetRunner => ({ type, run: notHere, ...(STOPPABLE.has(type) ? { stop: notHere } : {}) });
export const NO_WORK: Work = { targets: new Map(TARGET_TYPES.map((type) => [type, named(type)])), secrets: { get: notHere } };

const notChecked = async (): Promise<never> => {
  throw new QmoiError("QMOI_INTERNAL", "Only the API publishes workflows, and only it and the tick start runs.");
};
const NO_CHECKS: Checks = { inputs: notChecked, definition: notChecked };

export interface CloudOptions {
  /** Of what this function publishes and starts; absent in those that do neither. */
  readonly checks?: Partial<Checks>;
  /** How this function runs tasks; absent in those that run none. */
  readonly work?: (parts: WorkParts) => Work;
  /** How this function learns forecasts; absent in those that never do. */
  readonly training?: (config: () => Config) => NonNullable<Ports["training"]>;
}

/** Opens no connection: each is opened by its first use. */
export const openCloud = ({ checks, training, work }: CloudOptions = {}): CloudSystem => {
  const { env, ...store } = openStore();
  const { clock, blobs } = store;
  const configuration = openConfiguration(store);
  const config = (): Config => configuration.current();
  const metrics = new EmfMetrics(env.QMOI_PREFIX.replace(/-$/, ""));
  const hints = new SqsSender<readonly Hint[]>(env.QMOI_HINTS);
  const wakes = new SqsSender<Wake>(env.QMOI_WAKES);
  const completions = new SqsSender<Completion>(env.QMOI_COMPLETIONS);
  const stage = env.QMOI_PREFIX.slice("qmoi-".length, -1);
  const bindings = (): BoundTargets => boundTargets(config().parallel.bindings, stage);
  const ports: Ports = {
    ...store,
    table: new SettledTable(store.table),
    logs: new BlobTaskLogs(blobs),
    hints: { send: (each) => hints.send(together(each)), consume: () => () => undefined },
    ...(work?.({ env, clock, completions }) ?? NO_WORK),
    host: { available: () => PLENTY, memoryUsed: () => 0 },
    metrics,
    settings: settingsOf(config),
    checks: { ...NO_CHECKS, ...checks },
    limits: () => ({ pools: config().parallel.pools }),
    bindings,
    ...(training ? { training: training(config) } : {}),
  };
  const later = (messages: readonly Wake[]): Promise<void> => wakes.send(messages, ({ at }) => at - clock.now());
  return {
    env,
    configuration,
    logger: store.logger,
    metrics,
    ports,
    table: store.table,
    wakes,
    completions,
    later,
  };
};
