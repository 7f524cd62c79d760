import type { EngineWorker } from "./engine-options.ts";
import { every } from "./every.ts";
import { Pending } from "./pending.ts";
import type { Hint, Ports } from "./ports.ts";
import { isRefused } from "./retrying.ts";

/** How often running attempts are checked against a reading: each look costs two reads a run. */
const watchMs = (): number => 500;

/** Gives hints to the worker, and looks while something runs whether it still may. */
export class HintHandler {
  readonly #ports: Ports;
  readonly #worker: Pick<EngineWorker, "handle" | "watch">;
  readonly #working = new Pending();
  #stopWatch: (() => void) | undefined;

  constructor(ports: Ports, worker: Pick<EngineWorker, "handle" | "watch">) {
    this.#ports = ports;
    this.#worker = worker;
  }

  /** Rejections of a hint's handling are defects or a store that is away: the tick finds what was left. A full disk lets the hint come again. */
  handle(hint: Hint): Promise<void> {
    const { clock, logger } = this.#ports;
    const work = this.#worker.handle(hint).catch((error) => {
      if (isRefused(error)) throw error;
      logger.log("warn", "attempt not handled", { run: hint.run, task: hint.task, attempt: hint.attempt, error });
    });
    this.#working.add(work);
    this.#stopWatch ??= every(clock, logger, watchMs, () => this.#watch());
    return work;
  }

  settled(): Promise<void> {
    return this.#working.settled();
  }

  stop(): void {
    this.#stopWatch?.();
    this.#stopWatch = undefined;
  }

  /** While something runs; at rest there is nothing to wake up for. */
  async #watch(): Promise<void> {
    if (this.#working.size > 0) return this.#worker.watch();
    this.stop();
  }
}
