export type { Defer } from "./change-feed.ts";
export { fromStoredItem, type StoredItem, toStoredItem } from "./dynamo/attribute-value.ts";
export { createDynamoTable, dynamoTableDefinition, INDEX_NAMES } from "./dynamo/create-dynamo-table.ts";
export { DynamoTable, type DynamoTableOptions } from "./dynamo/dynamo-table.ts";
export { changeOfRecord, type StreamRecord } from "./dynamo/stream-record.ts";
export { itemBytes } from "./item-bytes.ts";
export { MemoryTable, type MemoryTableOptions } from "./memory/memory-table.ts";
export { SqliteTable, type SqliteTableOptions } from "./sqlite/sqlite-table.ts";
