import type { Config } from "@qmoi/config";
import type { Clock, Logger } from "@qmoi/core";
import type { Configuration } from "./configuration.ts";

/** Where a configuration is read. */
export type ConfigurationSource = Pick<Configuration, "current" | "refresh">;

/** A change reaches whoever follows no feed within so many ms, and costs one read in that time. */
const MOST_AGE_MS = 2_000;

/** The configuration for those that live from call to call: read again at a call if what is known is too old. */
export class FreshConfiguration {
  readonly #ports: { readonly clock: Clock; readonly logger: Logger };
  #source: ConfigurationSource;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ports: { readonly clock: Clock; readonly logger: Logger }, source: ConfigurationSource) {
    this.#ports = ports;
    this.#source = source;
  }

  /** From now on another source says what holds. */
  use(source: ConfigurationSource): void {
    this.#source = source;
  }

  current(): Config {
    return this.#source.current();
  }

  /** Never rejects: where the store is away, what is known holds on. */
  async refresh(): Promise<void> {
    const { clock, logger } = this.#ports;
    const now = clock.monotonic();
    if (now - this.#readAt <= MOST_AGE_MS) return;
    this.#readAt = now;
    try {
      await this.#source.refresh();
    } catch (error) {
      this.#readAt = Number.NEGATIVE_INFINITY;
      logger.log("warn", "configuration not read; what is known holds", { error });
    }
  }
}
