import type { Audit, Table } from "@qmoi/core";
import type { Ports } from "@qmoi/runtime";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import { configurationFile } from "./configuration-file.ts";

/** A function follows no feed: it reads the configuration again from call to call. */
export const openStoredConfiguration = ({ table, blobs, clock, logger }: Ports, audit: Audit): Promise<StoredConfiguration> =>
  StoredConfiguration.open({ table: unfollowed(table), blobs, clock, audit, logger, readFile: configurationFile });

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
