import { ZstdSegmentCodec } from "@qmoi/adapters";
import { Executions, S3BlobStore } from "@qmoi/adapters/aws";
import { type Config, moduleWaves } from "@qmoi/config";
import { nextAfter, parseSchedule, QmoiError, type Table } from "@qmoi/core";
import {
  AuditLog,
  type AuditLookup,
  AuditReader,
  type CommandSettings,
  Commands,
  Engine,
  Modules,
  onceIn,
  type Releases,
  StoredBackups,
  StoredConfiguration,
  taskEngineModule,
} from "@qmoi/runtime";
import { auditKey } from "./audit-key.ts";
import { type CloudSystem, configurationFile } from "./system.ts";
import { VERSION } from "./version.ts";

/** The master's commands, carried out by Step Functions. */
export interface CloudCommands {
  readonly engine: Engine;
  readonly commands: Commands;
  readonly modules: Modules;
  readonly audit: AuditLog;
  readonly records: AuditReader;
  readonly configuration: StoredConfiguration;
  readonly backups: StoredBackups;
  /** Takes the next commands; resolves when their executions have been started. */
  pass(): Promise<void>;
}

/** It answers people and commands; what follows from what they do is done by those whom the table's stream and `later` wake. */
export const openCommands = async (system: CloudSystem): Promise<CloudCommands> => {
  const { ports, definitions, later, env } = system;
  const roles = { decides: false, works: false, schedules: false };
  const engine = new Engine(ports, { id: "api", brief: true, roles, later, definitions });
  engine.openPools();
  const key = await auditKey(env.QMOI_PREFIX);
  const audit = new AuditLog(ports, key);
  const records = new AuditReader(ports.table, audit, key);
  const modules = new Modules(ports);
  const { table, blobs, clock, logger } = ports;
  const readFile = (file: string): string | undefined => configurationFile(file);
  // A function follows no feed: it reads the configuration as it is at its cold start.
  const configuration = await StoredConfiguration.open({ table: unfollowed(table), blobs, clock, audit, logger, readFile });
  const backups = new StoredBackups({
    ...ports,
    store: new S3BlobStore({ bucket: env.QMOI_BLOBS, prefix: "backups/" }),
    codec: new ZstdSegmentCodec(),
    audit,
    configuration,
    version: VERSION,
    settings: () => configuration.current().backup,
    halt: () => engine.halt(),
    renew: () => engine.renew(),
    isOnce: onceIn(definitions),
  });
  const commands = new Commands({
    engine,
    modules,
    audit,
    lookup: lookupIn(records),
    releases,
    migrations: [],
    settings: () => settingsOf(configuration.current(), modules, clock.now()),
    backups,
    configuration,
  });
  modules.register(commands.module);
  modules.register(taskEngineModule(engine));
  const executions = new Executions(env.QMOI_MACHINE, (command, error) =>
    ports.logger.log("warn", "command not started; the tick repeats it", { command, error }),
  );
  return {
    engine,
    commands,
    modules,
    audit,
    records,
    configuration,
    backups,
    pass: async () => {
      await commands.work(executions);
      await executions.settled();
    },
  };
};

const settingsOf = ({ master }: Config, modules: Modules, now: number): CommandSettings => {
  const there = new Set(modules.names);
  return {
    waves: moduleWaves(master.modules, there),
    needs: (module) => master.modules[module].needs,
    everyMs: (module) => {
      const schedule = parseSchedule(master.modules[module].schedule, "UTC", { anchor: now });
      const first = nextAfter(schedule, now) ?? now + 86_400_000;
      return (nextAfter(schedule, first) ?? first + 86_400_000) - first;
    },
    maxConcurrent: master.max_concurrent_modules,
    coordinates: master.auto_coordination,
    verifiesHealth: master.health_monitoring,
    commandsEnabled: master.master_commands_enabled,
    emergencyEnabled: master.emergency_stop_enabled,
    backupEveryMs: 86_400_000,
    pollSeconds: 1,
  };
};

/** The same table without its feed. */
const unfollowed = (table: Table): Table => ({
  get: (key) => table.get(key),
  put: (item, options) => table.put(item, options),
  delete: (key, options) => table.delete(key, options),
  query: (query) => table.query(query),
  queryIndex: (query) => table.queryIndex(query),
  scan: (request) => table.scan(request),
  subscribe: async () => async () => undefined,
  close: async () => undefined,
});

const lookupIn = (records: AuditReader): AuditLookup => ({
  find: async (subject, since) => {
    const found: { action: string; who: string; outcome: string }[] = [];
    for (let after: string | undefined; ; ) {
      const page = await records.list({ subject, since, ...(after === undefined ? {} : { after }) });
      found.push(...page.items);
      if (page.next === undefined) return found;
      after = page.next;
    }
  },
  isWhole: async () => (await records.verify()).whole,
});

/** What is deployed is the only version there is: another one comes by a deploy. */
const releases: Releases = {
  running: async () => "deployed",
  newest: async () => "deployed",
  move: async (_, version) => {
    if (version !== "deployed") throw new QmoiError("QMOI_UPDATE_UNAVAILABLE", "Deploy another version with the stacks.");
    return "moved";
  },
};
