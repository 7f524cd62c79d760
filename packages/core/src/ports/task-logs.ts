import type { Page } from "./table.ts";

export type LogStream = "stdout" | "stderr" | "log";

/** A piece of captured output; `at` is milliseconds since 1970. */
export interface TaskLogChunk {
  readonly stream: LogStream;
  readonly at: number;
  readonly text: string;
}

/** Captured output of attempts, by key `run/task/attempt`. Appends are ordered and best effort; what was read once is stable. */
export interface TaskLogs {
  append(key: string, chunk: TaskLogChunk): void;
  /** Resolves when what was appended under the key can be read by others. */
  flush(key: string): Promise<void>;
  read(key: string, request: { readonly after?: string; readonly limit?: number }): Promise<Page<TaskLogChunk>>;
  /** Deletes everything under `run/`. */
  deleteRun(run: string): Promise<void>;
}
