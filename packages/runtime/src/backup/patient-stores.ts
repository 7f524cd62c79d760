import type { BlobStore, Clock, Table } from "@qmoi/core";
import { retrying } from "../retrying.ts";

const PATIENCE_MS = 60_000;

/** Everything that backups do with a table, each call repeated for a minute while the store is throttled or away. */
export const patientTable = (inner: Table, clock: Clock): Table => {
  const patiently = <T>(call: () => Promise<T>): Promise<T> => retrying(clock, clock.monotonic() + PATIENCE_MS, call);
  const { raiseSeq } = inner;
  return {
    get: (key) => patiently(() => inner.get(key)),
    put: (item, options) => patiently(() => inner.put(item, options)),
    delete: (key, options) => patiently(() => inner.delete(key, options)),
    query: (query) => patiently(() => inner.query(query)),
    queryIndex: (query) => patiently(() => inner.queryIndex(query)),
    scan: (request) => patiently(() => inner.scan(request)),
    subscribe: (handler, options) => inner.subscribe(handler, options),
    ...(raiseSeq ? { raiseSeq: (least: number) => patiently(() => raiseSeq.call(inner, least)) } : {}),
    close: () => inner.close(),
  };
};

/** The same for blobs. */
export const patientBlobs = (inner: BlobStore, clock: Clock): BlobStore => {
  const patiently = <T>(call: () => Promise<T>): Promise<T> => retrying(clock, clock.monotonic() + PATIENCE_MS, call);
  return {
    put: (key, bytes) => patiently(() => inner.put(key, bytes)),
    get: (key) => patiently(() => inner.get(key)),
    list: (prefix, options) => patiently(() => inner.list(prefix, options)),
    delete: (key) => patiently(() => inner.delete(key)),
  };
};
