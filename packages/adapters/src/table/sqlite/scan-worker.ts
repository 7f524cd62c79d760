type WorkerThreads = typeof import("node:worker_threads");
type Sqlite = typeof import("node:sqlite");

/** What the worker is started with. */
export interface ScanWorkerData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  /** Characters of JSON text after which a page ends. */
  readonly pageLength: number;
}

/** A page to read; without `after` and `limit` the worker closes its connection and ends. */
export interface ScanMessage {
  readonly id: number;
  readonly after: readonly [string, string];
  readonly limit: number;
}

export type ScanReply =
  | { readonly id: number; readonly docs: readonly string[]; readonly last?: readonly [string, string] }
  | { readonly id: number; readonly failure: { readonly message: string; readonly errcode?: number } };

/**
 * The body of the scanning thread: its own read-only connection, one page per message. It's started from its own source text, so
 * that it needs no file of its own wherever it is bundled; therefore it refers to nothing outside of itself.
 */
export const scanWorker = ({ parentPort, workerData }: WorkerThreads, { DatabaseSync }: Sqlite): void => {
  const { file, busyTimeoutMs, pageLength } = workerData as ScanWorkerData;
  let db: InstanceType<Sqlite["DatabaseSync"]> | undefined;

  const page = ({ id, after, limit }: ScanMessage): ScanReply => {
    db ??= new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    const rows = db.prepare("SELECT pk, sk, doc FROM items WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?").iterate(...after, limit);
    const docs: string[] = [];
    let length = 0;
    let last: [string, string] | undefined;
    for (const row of rows) {
      docs.push(String(row.doc));
      last = [String(row.pk), String(row.sk)];
      length += String(row.doc).length;
      if (length >= pageLength) break;
    }
    return docs.length === limit || length >= pageLength ? { id, docs, last } : { id, docs };
  };

  const answer = (message: ScanMessage): ScanReply => {
    try {
      return page(message);
    } catch (error) {
      const { message: text, errcode } = error as Error & { errcode?: number };
      return { id: message.id, failure: { message: text, errcode } };
    }
  };

  parentPort?.on("message", (message: ScanMessage | "close") => {
    if (message !== "close") {
      parentPort.postMessage(answer(message));
      return;
    }
    db?.close();
    parentPort.close();
  });
};
