export type { Defer } from "./change-feed.ts";
export { itemBytes } from "./item-bytes.ts";
export { MemoryTable, type MemoryTableOptions } from "./memory/memory-table.ts";
export { SqliteTable, type SqliteTableOptions } from "./sqlite/sqlite-table.ts";
