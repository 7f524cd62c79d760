import type { Failure, Json, ResourceUse } from "@qmoi/core";

/** What a pool tells a function worker. */
export type ToWorker =
  | {
      readonly kind: "call";
      /** File URL. */
      readonly module: string;
      readonly export: string;
      readonly input: Json;
      readonly run: string;
      readonly task: string;
      readonly attempt: number;
      readonly idempotencyKey: string;
    }
  | { readonly kind: "abort"; readonly reason: unknown };

/** A file that a worker has loaded, as it was then. */
export interface LoadedFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

/** What a function worker tells its pool. One `ended` per call; `output` is JSON text. */
export type FromWorker =
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr" | "log"; readonly chunk: Uint8Array }
  | { readonly kind: "heartbeat" }
  | { readonly kind: "loaded"; readonly file: LoadedFile }
  | { readonly kind: "ended"; readonly output?: string | undefined; readonly failure?: Failure; readonly use: ResourceUse };
