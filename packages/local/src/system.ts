import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import {
  createTargets,
  FolderTrackStore,
  HostMonitor,
  JoseTokens,
  LocalSecrets,
  MemoryQueue,
  measureHost,
  minimalEnv,
  ShimLock,
  type SqliteTableOptions,
  SystemClock,
  SystemRandom,
  shimsGone,
  type TaskFunction,
  teeLogger,
  ZstdSegmentCodec,
} from "@qmoi/adapters";
import { boundTargets, CHECKS, type Config } from "@qmoi/config";
import { type Logger, type Releases, silentLogger, type TargetRunner } from "@qmoi/core";
import { createSchedulerHandler } from "@qmoi/functions/intelligent-scheduler";
import {
  AuditLog,
  AuditReader,
  type Backups,
  type Configuration,
  createControlPlane,
  Engine,
  engineWorker,
  type Hint,
  Idempotency,
  Keys,
  Learned,
  Modules,
  type Ports,
  Providers,
  SettledTable,
  type SystemModule,
  schedulerModule,
  settingsOf,
  Tracks,
  trainingEngine,
} from "@qmoi/runtime";
import { BackupClock, onceIn, StoredBackups } from "@qmoi/runtime/backup";
import { upgradeData } from "@qmoi/runtime/commands";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import { ensureAuditKey } from "./audit-key.ts";
import { configReader } from "./config-reader.ts";
import type { ServedSystem } from "./local-server.ts";
import { openMaster } from "./master.ts";
import { followSchedules, scheduledModules } from "./module-schedules.ts";
import { hostBudget, workflowLimits } from "./settings-of.ts";
import { folderStores, memoryStores, refuseNewer } from "./stores.ts";
import { threadTrainer } from "./training-thread.ts";

export interface SystemOptions {
  /** Folder of database, blobs and logs; only looked at for its disk when `inMemory`. */
  readonly dataDir: string;
  /** Folder of configuration files; the defaults hold for those that are not there. */
  readonly configDir?: string;
  readonly logger?: Logger;
  /** Keeps nothing on disk. */
  readonly inMemory?: boolean;
  /** What confirmed writes survive: the death of the process (default), or also the loss of power, which costs an fsync for each commit. */
  readonly survives?: NonNullable<SqliteTableOptions["survives"]>;
  /** Folder that relative modules and working directories start from. */
  readonly baseDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Of QMOI, as backups tell it. */
  readonly version?: string;
  /** Trusted functions that run in this process's own thread as `inline:<name>`. */
  readonly inline?: ReadonlyMap<string, TaskFunction>;
  /** Versions to move to; without them there is only the one that runs. */
  readonly releases?: Releases;
  /** Modules beside QMOI's own. */
  readonly modules?: readonly SystemModule[];
  /** How long commands wait between two looks and two tries, in ms, for tests. */
  readonly paces?: { readonly waitMs?: number; readonly retryMs?: number };
}

/** The whole of QMOI on one machine: engine, store, targets. */
export interface LocalSystem extends ServedSystem {
  readonly engine: Engine;
  readonly configuration: Configuration;
  readonly backups: Backups;
}

/**
 * Opens the system on a data folder, or in memory. It reads and writes from now on and works once started. The caller holds the folder's
 * lock. Errors: QMOI_INVALID_CONFIG, and the store's (QMOI_STORE_CORRUPT, QMOI_STORE_READ_ONLY, …).
 */
export const openLocal = async (options: SystemOptions): Promise<LocalSystem> => {
  const { dataDir, logger: given = silentLogger, inMemory = false, env = process.env, survives = "process", releases } = options;
  const clock = new SystemClock();
  const tracks = inMemory ? undefined : new Tracks({ store: new FolderTrackStore(dataDir), clock, logger: given });
  const logger = tracks ? teeLogger(given, tracks) : given;
  const stores = inMemory ? memoryStores() : folderStores(dataDir, logger, survives);
  await refuseNewer(stores);
  const host = await HostMonitor.start({
    read: () => measureHost(inMemory || !existsSync(dataDir) ? tmpdir() : dataDir),
    onError: (error) => logger.log("warn", "host not measured", { error }),
  });
  const random = new SystemRandom();
  const auditKey = inMemory ? randomBytes(32) : ensureAuditKey(dataDir);
  const audit = new AuditLog({ ...stores, clock, random, logger }, auditKey);
  if (tracks) audit.onRecords((records) => tracks.records(records));
  const readFile = configReader(options.configDir);
  const configuration = await StoredConfiguration.open({ ...stores, clock, audit, logger, readFile });
  const config = (): Config => configuration.current();
  const closing = new AbortController();
  const lazy = new LazyTargets(options, config, clock, env);
  const ports: Ports = {
    ...stores,
    hints: new MemoryQueue<Hint>(),
    secrets: new LocalSecrets(env),
    targets: lazy.runners,
    host: hostBudget(host, config),
    clock,
    random,
    logger,
    settings: settingsOf(config),
    checks: CHECKS,
    limits: () => workflowLimits(config(), host.capacity()),
    bindings: () => boundTargets(config().parallel.bindings, "local"),
    training: { trainer: threadTrainer({ signal: closing.signal }), engine: () => trainingEngine(config()) },
  };
  const modules = new Modules(ports);
  const engine = new Engine(
    { ...ports, table: new SettledTable(ports.table) },
    {
      id: `${process.pid}-${randomBytes(4).toString("hex")}`,
      worker: engineWorker,
      learned: new Learned({ stored: true }),
      ticked: () =>
        void modules.succeeded("advanced-automation").catch((error) => logger.log("warn", "a module's success not noted", { error })),
    },
  );
  const plane = createControlPlane(engine);
  modules.register({ ...schedulerModule(plane), tick: () => createSchedulerHandler({ plane })({}) });
  const backups = new StoredBackups({
    ...ports,
    store: stores.backups,
    codec: new ZstdSegmentCodec(),
    audit,
    configuration,
    version: options.version ?? "unknown",
    settings: () => config().backup,
    halt: () => engine.halt(),
    renew: () => engine.renew(),
    isOnce: onceIn(engine.definitions),
  });
  const backupClock = new BackupClock({ ...ports, settings: () => config().backup }, backups);
  const records = new AuditReader(ports.table, audit, auditKey);
  const master = openMaster({
    engine,
    modules,
    config,
    audit,
    records,
    backups,
    configuration,
    ...(releases ? { releases } : {}),
    ...options.paces,
  });
  for (const module of options.modules ?? []) modules.register(module);
  let unfollow = (): void => undefined;
  let followed = "";
  const follow = (): void => {
    const scheduled = scheduledModules(config().master, (name) => modules.tick(name));
    const as = JSON.stringify(scheduled);
    if (as === followed) return;
    followed = as;
    unfollow();
    unfollow = followSchedules(scheduled, clock, logger);
  };
  configuration.onChange(() => {
    if (followed !== "") follow();
    engine.settingsChanged().catch((error) => logger.log("warn", "settings not followed; the tick repeats it", { error }));
  });
  return {
    engine,
    configuration,
    backups,
    plane,
    services: {
      audit,
      records,
      commands: master.commands,
      configuration,
      backups,
      keys: new Keys(ports),
      providers: new Providers(ports, config),
      idempotency: new Idempotency(ports),
      tokens: new JoseTokens(config().master.access.identityProviders, logger),
    },
    start: async () => {
      // Holding the folder's lock proves that every other server of it is dead; this proves it of their processes.
      const { gone } = inMemory ? { gone: true } : await shimsGone(dataDir);
      if (!gone) logger.log("warn", "processes of an earlier server still live; their attempts wait for their leases");
      lazy.open(inMemory ? undefined : dataDir);
      const ended = await backups.recover();
      if (ended) logger.log("warn", `the restore was ${ended}`);
      await upgradeData(ports, backups);
      await engine.start((worker) => gone && worker !== engine.id);
      await master.start();
      follow();
      backupClock.start();
    },
    drain: (progress, signal) => engine.drain(progress, signal),
    stop: async () => {
      unfollow();
      closing.abort();
      backupClock.stop();
      master.close();
      await engine.stop();
      engine.worker.abortAll();
      await lazy.close();
      host.close();
      await configuration.close();
      await audit.close();
      await tracks?.flush();
      await stores.table.close();
    },
    events: (handler) => engine.onRunChange(handler),
  };
};

/** Runners are known by type from the beginning; what they hold (threads, pipes) is opened when the engine starts to work. */
class LazyTargets {
  readonly runners = new Map<string, TargetRunner>();
  readonly #options: SystemOptions;
  readonly #config: () => Config;
  readonly #clock: SystemClock;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #lock: ShimLock | undefined;

  constructor(options: SystemOptions, config: () => Config, clock: SystemClock, env: Readonly<Record<string, string | undefined>>) {
    this.#options = options;
    this.#config = config;
    this.#clock = clock;
    this.#env = env;
    this.#create();
  }

  open(dataDir: string | undefined): void {
    if (dataDir === undefined) return;
    this.#lock = ShimLock.open(dataDir);
    this.#create();
  }

  async close(): Promise<void> {
    for (const runner of this.runners.values()) await runner.close?.();
    this.#lock?.close();
  }

  #create(): void {
    const baseDir = this.#options.baseDir ?? process.cwd();
    const baseEnv = minimalEnv(this.#env);
    const created = createTargets({
      clock: this.#clock,
      process: { baseEnv, baseDir, ...(this.#lock ? { lock: this.#lock } : {}) },
      function: {
        baseEnv,
        baseDir,
        size: () => this.#config().parallel.functionWorkers,
        ...(this.#options.inline ? { inline: this.#options.inline } : {}),
      },
    });
    for (const [type, runner] of created) this.runners.set(type, runner);
  }
}
