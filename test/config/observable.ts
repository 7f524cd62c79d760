import type { Config, ConfigOverrides } from "@qmoi/config";

/** Proof that a leaf of the configuration does something. */
export interface Observable {
  /** The leaf's path, as `parallel.pools.*.slots`. */
  readonly leaf: string;
  /** What the defaults are changed to first, where they would hide the difference. */
  readonly base?: ConfigOverrides;
  /** Sets this leaf, and no other, to another value. */
  readonly change: ConfigOverrides;
  /** What the system does under a configuration, as JSON. */
  readonly observe: (config: Config) => unknown;
}
