import type { CallSite } from "./call-sites.ts";

/** Calls of stores that simulated worlds never, or seldom, reach. */
export interface NotSimulated {
  /** Folder or file of packages/runtime/src. */
  readonly under: string;
  readonly why: string;
  /** Tests in which these calls meet faults or stop half-way. */
  readonly tests: readonly string[];
}

export const isUnder = ({ under }: NotSimulated, site: CallSite): boolean => site.place.startsWith(under);

export const NOT_SIMULATED: readonly NotSimulated[] = [
  {
    under: "access/",
    why: "keys are made and looked up by the API, which worlds don't have",
    tests: ["test/simulation/scenes/governance.ts", "packages/cli/src/commands/access.test.ts"],
  },
  {
    under: "audit/",
    why: "worlds append to the audit by emergency stops alone, and nobody verifies or exports it there",
    tests: ["packages/runtime/src/audit/audit.test.ts", "test/simulation/scenes/governance.ts"],
  },
  {
    under: "backup/",
    why: "backups and restores are met in worlds of their own, and are killed at each of their calls, which a random world would seldom do",
    tests: [
      "test/simulation/restores.test.ts",
      "packages/runtime/src/backup/restore-crash.test.ts",
      "packages/runtime/src/backup/stored-backups.test.ts",
    ],
  },
  {
    under: "commands/",
    why: "worlds give emergency stops; the processes of all other commands are killed at each of their writes, on one machine and in the state machine",
    tests: ["test/integration/commands/crash.test.ts", "test/integration/commands/state-machine.test.ts"],
  },
  {
    under: "configuration/",
    why: "a world's settings stay as they are; changes of them are interrupted and repeated by tests of their own",
    tests: ["packages/runtime/src/configuration/stored-configuration.test.ts", "test/simulation/scenes/configuration.ts"],
  },
  {
    under: "forecast/",
    why: "models are trained, stored and judged by a module of its own, from history that is months long; worlds only ask whether there is one",
    tests: ["test/integration/forecast.test.ts", "test/integration/advice.test.ts"],
  },
  {
    under: "idempotency/",
    why: "answers are kept by the API, which worlds don't have",
    tests: ["functions/api/handler.test.ts", "test/simulation/scenes/governance.ts"],
  },
  {
    under: "modules.ts",
    why: "modules tick by schedules of the platform, which worlds don't have",
    tests: ["test/integration/commands/commands.test.ts"],
  },
  {
    under: "providers.ts",
    why: "providers report by the API, which worlds don't have",
    tests: ["packages/runtime/src/providers.test.ts", "test/simulation/scenes/governance.ts"],
  },
  {
    under: "of-run.ts",
    why: "what a restore overtook is met by worlds of its own, in which backups are restored",
    tests: ["test/simulation/restores.test.ts", "test/simulation/scenes/backups.ts"],
  },
  {
    under: "learned.ts",
    why: "what was learned is kept by the servers of a stage or a laptop; a world's engines have none to keep it",
    tests: ["test/integration/advice.test.ts", "test/simulation/scenes/shared.ts"],
  },
  {
    under: "stop-elsewhere.ts",
    why: "work that goes on elsewhere can't be told to end in worlds; what tells it is sent again by each tick",
    tests: ["test/integration/stop-elsewhere.test.ts"],
  },
  {
    under: "outputs.ts",
    why: "a second look, past attempts that a restore overtook, is taken only in worlds with restores",
    tests: ["test/simulation/restores.test.ts"],
  },
];
