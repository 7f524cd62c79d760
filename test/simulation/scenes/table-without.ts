import { DroppingTable, MemoryTable } from "@qmoi/adapters";
import type { Table } from "@qmoi/core";

/** A table whose writes lack the condition that the scene leaves out. */
export const tableWithout = (dropped: readonly string[] | undefined): Table => new DroppingTable(new MemoryTable(), dropped?.[0]);
