export * from "./host/index.ts";
export * from "./log/index.ts";
export { MemoryQueue } from "./queue/memory-queue.ts";
export { LocalSecrets } from "./secrets/local-secrets.ts";
export * from "./table/index.ts";
export * from "./targets/index.ts";
export { FolderTaskLogs } from "./task-logs/folder-task-logs.ts";
export { MemoryTaskLogs } from "./task-logs/memory-task-logs.ts";
