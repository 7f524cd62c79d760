import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "@qmoi/client";
import { hasCode, QmoiError } from "@qmoi/core";
import type { LocalServer } from "@qmoi/local";
import { DataLock, readMasterKey, readServerInfo } from "@qmoi/local/folder";
import { type Cli, type CommonOptions, dataDirOf } from "./cli.ts";
import { systemText } from "./commands/command/texts.ts";

/**
 * ask: a server if there is one, else what the data folder holds; tell: the same, and the folder is created where there is none; work: a
 * server, else the engine in this process, which other commands find and use meanwhile.
 */
export type ConnectMode = "ask" | "tell" | "work";

/** A way to the control plane. */
export interface Connection {
  readonly client: Client;
  /** Set when the engine works in this process. */
  readonly here?: LocalServer;
  /** Whether a server works on what is told. */
  readonly served: boolean;
  /** The server's address, if there is one. */
  readonly url?: string;
  /** Whether an error says that the server of the data folder went away, so that it's worth looking again. */
  isGone(error: unknown): boolean;
  close(): Promise<void>;
}

/** How long to wait for an owner of the folder that has no address: one that starts, stops, or only looks something up. */
const OWNER_MS = 10_000;
const RETRY_MS = 50;
/** A server that went away may have left the folder to its next version, which needs a moment. */
const SUCCESSOR_MS = 3_000;
/** One that still holds the folder, but answers no more, is ending, or handing over. */
const GONE_MS = 30_000;

/** QMOI_URL, else the server that holds the data folder, else the folder itself. Rejects with QMOI_UNREACHABLE when there is none of them. */
export const connect = async (cli: Cli, options: CommonOptions, mode: ConnectMode, patienceMs = 0): Promise<Connection> => {
  const dataDir = dataDirOf(options);
  const { QMOI_URL: url, QMOI_API_KEY: key } = cli.io.env;
  if (url) return remote(url, key || (isLoopback(url) ? readMasterKey(dataDir) : undefined), false);
  for (let waited = 0; ; waited += RETRY_MS) {
    const info = DataLock.isHeld(dataDir) ? readServerInfo(dataDir) : undefined;
    if (info?.url) return remote(info.url, key || readMasterKey(dataDir), true);
    try {
      if (info === undefined && waited >= patienceMs) return await openHere(options, mode);
    } catch (error) {
      if (!hasCode(error, "QMOI_STORE_LOCKED") || waited >= OWNER_MS) throw error;
    }
    if (waited >= OWNER_MS)
      throw new QmoiError("QMOI_UNREACHABLE", `Process ${info?.pid} holds the data folder ${dataDir}, but answers at no address.`, {
        path: dataDir,
      });
    await delay(RETRY_MS, undefined, { signal: cli.signal });
  }
};

/** Gives `use` a connection and closes it afterwards. A server that goes away in between is looked for again, for a while. */
export const withConnection = async <T>(
  cli: Cli,
  options: CommonOptions,
  mode: ConnectMode,
  use: (connection: Connection) => Promise<T>,
): Promise<T> => {
  let goneAt: number | undefined;
  for (;;) {
    const connection = await connect(cli, options, mode, goneAt === undefined ? 0 : SUCCESSOR_MS);
    try {
      return await answered(cli, options, connection, use);
    } catch (error) {
      const now = performance.now();
      if (!connection.isGone(error) || (goneAt !== undefined && now - goneAt > GONE_MS)) throw error;
      if (goneAt === undefined && !options.json) cli.io.err("The server went away.\n");
      goneAt ??= now;
    } finally {
      await connection.close();
    }
    await delay(RETRY_MS, undefined, { signal: cli.signal });
  }
};

const answered = async <T>(
  cli: Cli,
  options: CommonOptions,
  connection: Connection,
  use: (connection: Connection) => Promise<T>,
): Promise<T> => {
  try {
    return await use(connection);
  } finally {
    await tellState(cli, connection.client, options);
  }
};

/** Says under each answer that something is stopped, until it is lifted. */
const tellState = async ({ io }: Cli, client: Client, { json }: CommonOptions): Promise<void> => {
  const state = await client.system().catch(() => undefined);
  const text = state && systemText(io.errStyle, state);
  if (text) io.err(json ? `${JSON.stringify({ system: state })}\n` : text);
};

/** A token of this machine goes to this machine only. */
/** Whether a server's address is one of this machine. */
export const isLoopback = (url: string): boolean => ["127.0.0.1", "localhost", "[::1]"].includes(URL.parse(url)?.hostname ?? "");

const remote = (url: string, key: string | undefined, ofFolder: boolean): Connection => ({
  client: createClient({ url, ...(key === undefined ? {} : { key }) }),
  served: true,
  url,
  isGone: (error) => ofFolder && hasCode(error, "QMOI_UNREACHABLE"),
  close: async () => undefined,
});

const openHere = async (common: CommonOptions, mode: ConnectMode): Promise<Connection> => {
  const dataDir = dataDirOf(common);
  if (mode === "ask" && !existsSync(dataDir)) {
    throw new QmoiError("QMOI_UNREACHABLE", `No QMOI server runs on ${dataDir}, and there is no data folder.`, {
      path: dataDir,
      remedy: "Start a server with `qmoi up`, run a workflow with `qmoi run`, or name another folder with --data.",
    });
  }
  // The engine is most of the program; who has a server need not wait until it is read.
  const { engineHere, folderHere } = await import("./here.ts");
  return mode === "work" ? engineHere(common) : folderHere(common);
};

/** A plane that checks workflows: the server's, which knows its pools, else one in memory, which leaves no data folder behind. */
export const planeForCheck = async (cli: Cli, options: CommonOptions): Promise<Pick<Connection, "client" | "close">> => {
  const dataDir = dataDirOf(options);
  if (cli.io.env.QMOI_URL || DataLock.isHeld(dataDir)) return connect(cli, options, "ask");
  const { checkerHere } = await import("./here.ts");
  return checkerHere(options);
};
