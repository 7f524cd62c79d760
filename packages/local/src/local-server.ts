import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { FileLogger, fileError, teeLogger } from "@qmoi/adapters";
import { type Clock, LOCAL, type Logger, type LogLevel, silentLogger, type Tokens } from "@qmoi/core";
import { type ApiHandler, createApi, principalOf, type Services } from "@qmoi/functions/api";
import { createAuthorizer } from "@qmoi/functions/authorizer";
import type { ControlPlane } from "@qmoi/runtime";
import { DataLock } from "./data-lock.ts";
import { openMasterKey } from "./master-key.ts";
import { Server } from "./server.ts";
import { removeServerInfo, writeServerInfo } from "./server-info.ts";

/** The engine on a data folder, as far as a server needs it. */
export interface ServedSystem {
  readonly plane: ControlPlane;
  readonly services: Services & { readonly tokens?: Tokens };
  /** Begins to work on what is due. */
  start(): Promise<void>;
  /** Takes nothing new and resolves when nothing runs any more, or after what runs was aborted by the signal. */
  drain(onProgress?: (running: number) => void, signal?: AbortSignal): Promise<void>;
  /** Lets go of everything, whatever runs. */
  stop(): Promise<void>;
  /** Calls the handler for each run that changes; returns a function that ends it. */
  events(handler: (changedRun: string) => void): () => void;
}

export interface LocalOptions {
  readonly dataDir: string;
  readonly version: string;
  readonly clock: Clock;
  /** Gets every line besides the log file. */
  readonly logger?: Logger;
  /** Lines below are left out of the log file; `info` otherwise. */
  readonly logLevel?: LogLevel;
  /** Opens the engine under the folder's lock. */
  readonly open: (logger: Logger) => Promise<ServedSystem>;
}

/** The engine and its API in this process, under the data folder's lock, without a port. */
export interface LocalApi {
  readonly system: ServedSystem;
  readonly logger: Logger;
  /** The data folder's key as it is now, with the role master. */
  readonly key: () => string;
  /** The API for whoever has the process: no credentials are asked for. */
  readonly handler: ApiHandler;
  /** Stops the engine and gives the folder back. */
  close(): Promise<void>;
}

export interface LocalServer extends LocalApi {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Address that opens the console in a browser, with the key. */
  readonly consoleUrl: string;
}

/** Size of each log file; with the rotated ones at most six times as much. */
const LOG_BYTES = 10 * 1024 * 1024;

/** Takes the data folder and opens the engine on it, not started. Rejects with QMOI_STORE_LOCKED, naming the owner. */
export const openLocalApi = async ({
  dataDir,
  version,
  clock,
  logger = silentLogger,
  logLevel = "info",
  open,
}: LocalOptions): Promise<LocalApi> => {
  const lock = DataLock.acquire(dataDir);
  let file: FileLogger | undefined;
  try {
    writeServerInfo(dataDir, { pid: process.pid });
    file = new FileLogger({ path: join(dataDir, "logs", "qmoi_automation.log"), clock, level: logLevel, maxBytes: LOG_BYTES });
    const log = teeLogger(file, logger);
    const system = await open(log);
    const { keys, audit } = system.services;
    return {
      system,
      logger: log,
      key: await openMasterKey(dataDir, keys, audit),
      handler: createApi({
        plane: system.plane,
        services: system.services,
        version,
        logger: log,
        now: () => clock.now(),
        authenticate: () => LOCAL,
      }),
      close: async () => {
        await system.stop();
        release(dataDir, lock, file);
      },
    };
  } catch (error) {
    release(dataDir, lock, file);
    throw fileError(error, (error as NodeJS.ErrnoException).path ?? dataDir);
  }
};

const release = (dataDir: string, lock: DataLock, file: FileLogger | undefined): void => {
  file?.close();
  removeServerInfo(dataDir);
  lock.release();
};

/** Opens the folder, starts the engine and answers on `port` (0: any free one). Rejects with QMOI_STORE_LOCKED or QMOI_PORT_TAKEN. */
export const startLocalServer = async (options: LocalOptions & { readonly port: number }): Promise<LocalServer> => {
  const local = await openLocalApi(options);
  const { system, key, logger } = local;
  const { clock, version, dataDir, port } = options;
  const now = (): number => clock.now();
  const server = new Server({
    api: createApi({ plane: system.plane, services: system.services, version, logger, now, authenticate: principalOf }),
    authorizer: createAuthorizer({ ...system.services, clock }),
    key,
    port,
    logger,
    now,
    requestId: randomUUID,
  });
  const forget = system.events((run) => server.events.tell(run));
  const close = async (): Promise<void> => {
    forget();
    await server.close();
    await local.close();
  };
  try {
    const url = await server.listen();
    await system.start();
    writeServerInfo(dataDir, { pid: process.pid, url });
    logger.log("info", "server started", { url, pid: process.pid, version, data: dataDir });
    return { ...local, url, consoleUrl: `${url}/?key=${key()}`, close };
  } catch (error) {
    await close();
    throw fileError(error, (error as NodeJS.ErrnoException).path ?? dataDir);
  }
};
