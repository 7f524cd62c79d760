import { ZstdSegmentCodec } from "@qmoi/adapters";
import { BlobTrackStore, CloudWatchAlarms, EventRules, Executions, S3BlobStore } from "@qmoi/adapters/aws";
import type { Table } from "@qmoi/core";
import { MIGRATIONS } from "@qmoi/master-automation";
import {
  AuditLog,
  AuditReader,
  AuditTracks,
  auditLookup,
  Commands,
  type ControlPlane,
  commandSettings,
  createControlPlane,
  Engine,
  Modules,
  onceIn,
  onlyRelease,
  StoredBackups,
  StoredConfiguration,
  schedulerModule,
  taskEngineModule,
} from "@qmoi/runtime";
import { auditKey } from "./audit-key.ts";
import { configurationFile } from "./configuration.ts";
import type { CloudSystem } from "./system.ts";
import { VERSION } from "./version.ts";

/** The master's commands, carried out by Step Functions. */
export interface CloudCommands {
  readonly engine: Engine;
  readonly plane: ControlPlane;
  readonly commands: Commands;
  readonly modules: Modules;
  readonly audit: AuditLog;
  readonly records: AuditReader;
  readonly configuration: StoredConfiguration;
  readonly backups: StoredBackups;
  readonly tracks: AuditTracks;
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
  // A function follows no feed: it reads the configuration again from call to call.
  const configuration = await StoredConfiguration.open({ table: unfollowed(table), blobs, clock, audit, logger, readFile });
  system.configuration.use(configuration);
  const backups = new StoredBackups({
    ...ports,
    table: system.table,
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
    rules: new EventRules(env.QMOI_PREFIX),
    alarms: new CloudWatchAlarms(env.QMOI_PREFIX),
    modules,
    audit,
    lookup: auditLookup(records),
    releases,
    migrations: MIGRATIONS,
    settings: () => commandSettings(configuration.current(), modules, clock.now()),
    backups,
    configuration,
  });
  modules.register(commands.module);
  modules.register(taskEngineModule(engine));
  const plane = createControlPlane(engine);
  modules.register(schedulerModule(plane));
  const executions = new Executions(env.QMOI_MACHINE, (command, error) =>
    ports.logger.log("warn", "command not started; the tick repeats it", { command, error }),
  );
  return {
    engine,
    plane,
    commands,
    modules,
    audit,
    records,
    configuration,
    backups,
    tracks: new AuditTracks({ store: new BlobTrackStore(blobs), records }),
    pass: async () => {
      await commands.work(executions);
      await executions.settled();
    },
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

/** Another version comes by a deploy. */
const releases = onlyRelease("deployed", "Deploy another version with the stacks.");
