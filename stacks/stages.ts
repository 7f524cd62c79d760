import { type Source, writeBundle } from "./constructs/bundle.ts";
import type { DeployedAliases } from "./deployed.ts";

/** What differs between stages. Everything else is the same code and the same configuration. */
export interface Stage {
  readonly name: string;
  /** Tags of everything that is deployed. */
  readonly owner: string;
  readonly costCentre: string;
  /** Data outlives the stacks. */
  readonly keepsData: boolean;
  /** How long every log is kept: that of a function, of the state machine and of requests to the API. */
  readonly logDays: 7 | 30 | 90;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Traces by X-Ray, which cost by the request. */
  readonly tracing: boolean;
  /** Most task-runners at a time, each with up to 20 tasks. */
  readonly runners: number;
  /** Names of functions, state machines, task definitions and their roles that targets may use; `*` stands for anything. */
  readonly workNames: readonly string[];
  /** Makes the folder of a function's code. */
  readonly bundle: (name: string, source: Source) => string;
  /** What is deployed of it already. */
  readonly deployed: DeployedAliases;
  /** Who is told of alarms. Each address has to confirm it. */
  readonly alarmEmails: readonly string[];
  /** Requests a second that the API takes, and how many at once. */
  readonly throttle: { readonly rate: number; readonly burst: number };
}

const common = {
  owner: "qmoi",
  costCentre: "automation",
  tracing: false,
  runners: 20,
  workNames: ["qmoi-work-*"],
  alarmEmails: [],
} as const;

/** What is given to a stage, rather than chosen for it. */
export type StageParts = Pick<Stage, "bundle" | "deployed">;

const STAGES: Readonly<Record<string, Omit<Stage, "name" | keyof StageParts>>> = {
  dev: { ...common, keepsData: false, logDays: 7, logLevel: "info", throttle: { rate: 100, burst: 200 } },
  staging: { ...common, keepsData: false, logDays: 30, logLevel: "info", throttle: { rate: 100, burst: 200 } },
  prod: { ...common, keepsData: true, logDays: 90, logLevel: "info", throttle: { rate: 500, burst: 1000 } },
};

/** The stage of that name; one that is not known has the settings of dev. */
export const stageOf = (name: string, { bundle = writeBundle, deployed = new Map() }: Partial<StageParts> = {}): Stage => ({
  ...(STAGES[name] ?? (STAGES.dev as Omit<Stage, "name" | keyof StageParts>)),
  name,
  bundle,
  deployed,
});

/** What the names of a stage's resources begin with. */
export const prefixOf = (stage: Stage): string => `qmoi-${stage.name}-`;

export const machineName = (stage: Stage): string => `${prefixOf(stage)}master-command`;
