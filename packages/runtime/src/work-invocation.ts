import type { Definitions } from "./definitions.ts";
import { readFacts } from "./facts-of.ts";
import { HintHandler } from "./hint-handler.ts";
import { Outputs } from "./outputs.ts";
import type { Hint, Ports } from "./ports.ts";
import { Readings } from "./readings.ts";
import { underEpoch } from "./under-epoch.ts";
import { Worker } from "./worker.ts";

export interface WorkInvocationOptions {
  /** Names its worker in leases and history; unique over all invocations. */
  readonly id: string;
  readonly definitions: Definitions;
  /** Milliseconds that are left. */
  readonly remainingMs?: () => number;
}

/**
 * The worker for one invocation of a function. What it ends, the table's stream tells the decider: a fold begun here would outlive the
 * invocation, and race with that one.
 */
export class WorkInvocation {
  readonly #ports: Ports;
  readonly #worker: Worker;

  constructor(given: Ports, { id, definitions, remainingMs }: WorkInvocationOptions) {
    const ports = underEpoch(given, () => readings.epoch);
    const readings = new Readings(ports);
    this.#ports = ports;
    this.#worker = new Worker({
      ports,
      id,
      definitions,
      outputs: new Outputs(ports),
      readings,
      factsOf: (hint) => readFacts({ ports, readings, definitions }, hint),
      ended: () => undefined,
      ...(remainingMs ? { remainingMs } : {}),
    });
  }

  /** Works on hints, all at once, and gives back those that should come again. */
  async hints(hints: readonly Hint[]): Promise<readonly Hint[]> {
    const handler = new HintHandler(this.#ports, this.#worker);
    const again: Hint[] = [];
    await Promise.all(hints.map((hint) => handler.handle(hint).catch(() => again.push(hint))));
    handler.stop();
    return again;
  }
}
