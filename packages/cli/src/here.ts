import { createClient } from "@qmoi/client";
import { LOCAL } from "@qmoi/core";
import { createApi } from "@qmoi/functions/api";
import { handlerFetch, openLocalApi, startLocalServer } from "@qmoi/local";
import type { CommonOptions } from "./cli.ts";
import type { Connection } from "./connection.ts";
import { localOptions, openInMemory } from "./local-options.ts";
import { VERSION } from "./version.ts";

/** Stands for the API in this process; nothing resolves it. */
const IN_PROCESS = "http://qmoi.invalid";

/** The engine in this process, which other commands find and use meanwhile. */
export const engineHere = async (common: CommonOptions): Promise<Connection> => {
  const here = await startLocalServer({ ...localOptions(common), port: 0 });
  const client = createClient({ url: here.url, key: here.key() });
  return { client, here, served: true, url: here.url, isGone: () => false, close: () => here.close() };
};

/** What the data folder holds, without an engine. */
export const folderHere = async (common: CommonOptions): Promise<Connection> => {
  const local = await openLocalApi(localOptions(common));
  const client = createClient({ url: IN_PROCESS, fetch: handlerFetch(local.handler, Date.now) });
  return { client, served: false, isGone: () => false, close: () => local.close() };
};

/** A plane in memory that checks workflows, and leaves no data folder behind. */
export const checkerHere = async (common: CommonOptions): Promise<Pick<Connection, "client" | "close">> => {
  const system = await openInMemory(common);
  const handler = createApi({ plane: system.plane, services: system.services, version: VERSION, now: Date.now, authenticate: () => LOCAL });
  return { client: createClient({ url: IN_PROCESS, fetch: handlerFetch(handler, Date.now) }), close: () => system.stop() };
};
