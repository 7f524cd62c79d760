import type { BlobInfo, BlobStore, Host, HostResources, Secrets, TaskLogChunk, TaskLogs } from "@qmoi/core";
import type { Call } from "../world/faults.ts";
import type { Life } from "../world/life.ts";
import type { World } from "../world/world.ts";

/** What a world keeps beside its table, in memory for all its processes. */
export class SmallStores {
  readonly blobs = new Map<string, Uint8Array>();
  readonly logs = new Map<string, TaskLogChunk[]>();
}

/** Blobs as one process sees them. */
export const simBlobs = (world: World, life: Life, { blobs }: SmallStores): BlobStore => {
  const call = <T>(op: string, key: string, write: boolean, from: Call["from"], work: () => T): Promise<T> =>
    life.call({ op: `blob ${op}`, label: `blob ${op} ${key.split("/", 1)[0]}`, write, from }, async () => work());
  const store: BlobStore = {
    put: (key, bytes) => call("put", key, true, store.put, () => void blobs.set(key, Uint8Array.from(bytes))),
    get: (key) => call("get", key, false, store.get, () => blobs.get(key)),
    list: (prefix, options = {}) =>
      call("list", prefix, false, store.list, () => {
        const keys = [...blobs.keys()]
          .filter((key) => key.startsWith(prefix) && (options.after === undefined || key > options.after))
          .sort();
        return keys.slice(0, options.limit).map((key): BlobInfo => ({ key, bytes: blobs.get(key)?.length ?? 0, at: world.time }));
      }),
    delete: (key) => call("delete", key, true, store.delete, () => void blobs.delete(key)),
  };
  return store;
};

/** Captured output as one process sees it. */
export const simLogs = (life: Life, { logs }: SmallStores): TaskLogs => {
  const store: TaskLogs = {
    append: (key, chunk) => {
      const known = logs.get(key);
      if (known) known.push(chunk);
      else logs.set(key, [chunk]);
    },
    flush: () => life.call({ op: "log flush", label: "log flush", write: true, from: store.flush }, async () => undefined),
    read: (key, request) =>
      life.call({ op: "log read", label: "log read", write: false, from: store.read }, async () => {
        const from = request.after === undefined ? 0 : Number(request.after);
        const all = logs.get(key) ?? [];
        const items = all.slice(from, from + (request.limit ?? 1000));
        return from + items.length < all.length ? { items, next: String(from + items.length) } : { items };
      }),
    deleteRun: (run) =>
      life.call({ op: "log delete", label: "log delete", write: true, from: store.deleteRun }, async () => {
        for (const key of [...logs.keys()]) if (key.startsWith(`${run}/`)) logs.delete(key);
      }),
  };
  return store;
};

/** Secrets that are their own references. */
export const simSecrets = (life: Life): Secrets => {
  const store: Secrets = {
    get: (reference) =>
      life.call({ op: "secret get", label: "secret get", write: false, from: store.get }, async () => `secret of ${reference}`),
  };
  return store;
};

/** A host of fixed capacity, of which others use a part that changes. `said` hears each answer. */
export const simHost = (capacity: HostResources, others: () => number, said: (available: HostResources) => void): Host => ({
  available: () => {
    const left = 1 - others();
    const available = { cpu: capacity.cpu * left, memory: capacity.memory * left, disk: capacity.disk * left };
    said(available);
    return available;
  },
  memoryUsed: () => 0.5,
});
