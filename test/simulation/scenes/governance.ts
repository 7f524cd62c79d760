import { DroppingTable, MemoryBlobStore, MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { silentLogger, type Table } from "@qmoi/core";
import { AuditLog, AuditReader } from "@qmoi/runtime";
import type { SceneOf } from "./index.ts";

/** A table whose writes lack the conditions that the scene leaves out. */
const tableWithout = (dropped: readonly string[] | undefined): Table => new DroppingTable(new MemoryTable(), dropped?.[0]);

/** Two processes append to the same audit at the same time. */
const append: SceneOf = async ({ dropped }) => {
  const ports = {
    table: tableWithout(dropped),
    blobs: new MemoryBlobStore(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: silentLogger,
  };
  const key = Buffer.alloc(32, 1);
  const logs = [new AuditLog(ports, key), new AuditLog(ports, key)] as const;
  const event = (subject: string) => ({ action: "run.cancel", subject, who: "k", outcome: "done" as const });
  await Promise.all(logs.flatMap((log, which) => [1, 2, 3].map((n) => log.append(event(`${which}/${n}`)))));
  const [one] = logs;
  const { whole, records, findings } = await new AuditReader(ports.table, one, key).verify();
  await Promise.all(logs.map((log) => log.close()));
  if (!whole) return `the audit is not whole: ${findings.map(({ text }) => text).join(" ")}`;
  return records === 6 ? undefined : `the audit has ${records} of 6 records`;
};

export const GOVERNANCE_SCENES = { "audit.append": [append] } as const;
