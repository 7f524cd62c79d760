import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CountingTable, DroppingTable, FaultyTable, MemoryTable, SqliteTable } from "@qmoi/adapters";
import { afterAll } from "vitest";
import { tableContract } from "./table.ts";

tableContract({ name: "MemoryTable", open: async () => new MemoryTable(), ordered: true, orderedTies: true });

tableContract({
  name: "CountingTable, FaultyTable and DroppingTable without a fault",
  open: async () => new CountingTable(new FaultyTable(new DroppingTable(new MemoryTable()), () => undefined)),
  ordered: true,
  orderedTies: true,
});

const folder = mkdtempSync(join(tmpdir(), "qmoi-table-"));
let files = 0;
tableContract({
  name: "SqliteTable",
  open: async () => SqliteTable.open(join(folder, `${files++}.db`)),
  ordered: true,
  orderedTies: true,
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
