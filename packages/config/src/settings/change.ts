import type { Json } from "@qmoi/core";

/** One change of a document: a value at a path inside of it (`pools.default.slots`), or back to what the file says. */
export type ConfigChange = { readonly path: string; readonly value: Json } | { readonly path: string; readonly reset: true };
