import type { Config, ConfigChange } from "@qmoi/config";
import type { Actor, Json, Page } from "@qmoi/core";
import type { PageRequest } from "../control-plane.ts";

export type ConfigDocument = keyof Config;

/** One document of the configuration as it holds now. */
export interface ConfigView {
  readonly document: ConfigDocument;
  /** Under config/: what holds where nothing was changed at run time. */
  readonly file: string;
  /** 0 while nothing was changed at run time; each change adds one. */
  readonly version: number;
  /** Changes with the version and with what the file says. */
  readonly etag: string;
  /** Module that reads it. */
  readonly module: string;
  /** Whether that module is there yet: otherwise nothing of it can be set. */
  readonly built: boolean;
  readonly value: Json;
  /** What was changed at run time, and wins over the file. Absent: nothing. */
  readonly changed?: Json;
  /** Paths of what was changed at run time. */
  readonly paths: readonly string[];
  readonly at?: number;
  readonly who?: string;
  readonly reason?: string;
  /** Why what was changed at run time does not hold: it no longer fits the schema. */
  readonly invalid?: string;
}

/** One version of what was changed at run time. */
export interface ConfigVersion {
  readonly document: ConfigDocument;
  readonly version: number;
  readonly action: "set" | "rollback" | "restore";
  readonly at: number;
  readonly who: string;
  readonly reason?: string;
  readonly changed: Json;
}

export interface ConfigDifference {
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

/** `etag`: the change is refused unless it is the document's present one (QMOI_PRECONDITION_FAILED). */
export interface SetConfig {
  readonly changes: readonly ConfigChange[];
  readonly etag?: string;
}

/**
 * The configuration: files give defaults, what was changed at run time wins. A change is checked as a whole, the version before it is kept
 * and copied to the blob store first, it is audited, and takes effect in every running process within a second.
 * Errors: QMOI_INVALID_CONFIG, QMOI_MODULE_NOT_BUILT, QMOI_PRECONDITION_FAILED, QMOI_NOT_FOUND.
 */
export interface Configuration {
  /** All documents as they hold now; cheap, and never a promise, so that settings can be read anywhere. */
  current(): Config;
  /** Promises where what looks at documents is loaded by its first use. */
  list(): readonly ConfigView[] | Promise<readonly ConfigView[]>;
  view(document: string): ConfigView | Promise<ConfigView>;
  /** A value by its path, such as `parallel.pools.default.slots`. */
  get(path: string): { readonly path: string; readonly value: Json; readonly changed: boolean };
  set(document: string, request: SetConfig, by: Actor): Promise<ConfigView>;
  /** Between two versions, otherwise from the file to now. Version 0 is the file. */
  diff(document: string, request?: { readonly from?: number; readonly to?: number }): Promise<readonly ConfigDifference[]>;
  /** Newest first. */
  history(document: string, page?: PageRequest): Promise<Page<ConfigVersion>>;
  /** Makes what was changed at run time as it was in a version; 0 is the file. A new version of its own. */
  rollback(document: string, request: { readonly to: number; readonly etag?: string }, by: Actor): Promise<ConfigView>;
  /** Reads what other processes have changed; the change feed does this by itself. */
  refresh(): Promise<void>;
  /** Called after a change took effect here. Returns a function that ends it. */
  onChange(handler: (config: Config, document: ConfigDocument) => void): () => void;
}
