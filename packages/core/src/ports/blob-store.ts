/** Facts about a stored blob. `at` is milliseconds since 1970. */
export interface BlobInfo {
  readonly key: string;
  readonly bytes: number;
  readonly at: number;
}

/**
 * Large values by key (`a/b/c`; segments of letters, digits, `.`, `_`, `-`, `=`; never `..`). A put is atomic: readers
 * see the old blob or the whole new one, and a resolved put is durable.
 */
export interface BlobStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined if absent. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keys that start with `prefix`, in order, up to `limit` after `after`. */
  list(prefix: string, options?: { readonly after?: string; readonly limit?: number }): Promise<readonly BlobInfo[]>;
  /** Deleting what is absent is no error. */
  delete(key: string): Promise<void>;
}
