import { MemoryBlobStore, MemoryTable, SystemClock } from "@qmoi/adapters";
import { type AuditEvent, LOCAL, silentLogger, type Table } from "@qmoi/core";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import type { SceneOf } from "./index.ts";
import { Interrupted } from "./interrupted.ts";

const BY = { who: LOCAL };
const open = (table: Table, records: AuditEvent[] = []) =>
  StoredConfiguration.open({
    table,
    blobs: new MemoryBlobStore(),
    clock: new SystemClock(),
    audit: { append: async (event) => void records.push(event), later: (event) => void records.push(event) },
    logger: silentLogger,
    readFile: () => undefined,
  });

/** Two processes change two settings of a document; one of them between the other's read and write. */
const between =
  (site: string): SceneOf =>
  async ({ dropped }) => {
    const inner = new MemoryTable();
    const other = await open(inner);
    const one = await open(
      new Interrupted(inner, site, dropped, async () => {
        await other.set("parallel", { changes: [{ path: "httpConcurrency", value: 7 }] }, BY);
      }),
    );
    await one.set("parallel", { changes: [{ path: "maxRunningTasks", value: 9 }] }, BY);
    const { maxRunningTasks, httpConcurrency } = (await open(inner)).current().parallel;
    return maxRunningTasks === 9 && httpConcurrency === 7 ? undefined : `settings are ${maxRunningTasks} and ${httpConcurrency}`;
  };

export const CONFIGURATION_SCENES = {
  "config.change": [between("config.change")],
  "config.audited": [between("config.audited")],
} as const;
