import { type Change, type TargetResult, type TaskLogChunk, ThrottledError, UnavailableError } from "@qmoi/core";
import { Completions, type Definitions, type Hint, Invocation, type Ports, type Wake, WorkInvocation } from "@qmoi/runtime";
import type { Effect } from "./world/executors.ts";

export interface FunctionHostOptions {
  /** Names the machine in leases. */
  readonly id: string;
  /** All that a machine keeps from one event to the next: what never changes. */
  readonly definitions: Definitions;
  readonly decides: boolean;
  readonly works: boolean;
  readonly wakes: {
    send(messages: readonly Wake[]): Promise<void>;
    consume(handler: (message: Wake) => Promise<void>): () => void;
  };
}

const STREAM_RETRIES = 2;
const RETRY_MS = 1_000;
const TICK_MS = 60_000;
/** A queue's longest delay. */
const LONGEST_DELAY_MS = 900_000;

/** One machine of a platform for functions: each event is given to an engine of its own, which lives no longer than that. */
export class FunctionHost {
  readonly #ports: Ports;
  readonly #options: FunctionHostOptions;

  constructor(ports: Ports, options: FunctionHostOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { table, hints, clock } = this.#ports;
    const { decides, works, wakes } = this.#options;
    if (works) hints.consume((hint) => this.#work(hint));
    if (!decides) return;
    wakes.consume(async (wake) => (wake.at > clock.now() ? this.#later([wake]) : this.#invocation().wakes([wake.run])));
    await table.subscribe((changes) => void this.#changes(changes, STREAM_RETRIES), { old: false });
    this.#tick();
  }

  /** Work that went on elsewhere has ended; who holds its token says how. */
  async complete({ call, talks }: Effect, result: TargetResult): Promise<void> {
    const said: TaskLogChunk[] = talks ? [{ stream: "log", at: this.#ports.clock.now(), text: "worked elsewhere\n" }] : [];
    await new Completions(this.#ports).complete(call.token, result, said);
  }

  async #work(hint: Hint): Promise<void> {
    const again = await new WorkInvocation(this.#ports, this.#options).hints([hint]);
    if (again.length > 0) throw new Error("the hint should come again");
  }

  /** As a stream's mapping does: again after a failure, and after some given up. */
  async #changes(changes: readonly Change[], retries: number): Promise<void> {
    const { clock, logger } = this.#ports;
    try {
      await this.#invocation().changes(changes);
    } catch (error) {
      const passes = error instanceof ThrottledError || error instanceof UnavailableError;
      logger.log(passes ? "warn" : "error", "changes not handled", { error });
      if (retries > 0) clock.after(RETRY_MS, () => void this.#changes(changes, retries - 1));
    }
  }

  #tick(): void {
    this.#ports.clock.after(TICK_MS, () => this.#tick());
    this.#invocation()
      .tick()
      .catch((error) => this.#ports.logger.log("warn", "tick failed; the next one repeats it", { error }));
  }

  #invocation(): Invocation {
    const { id, definitions } = this.#options;
    return new Invocation(this.#ports, { id, definitions, later: (wakes) => this.#later(wakes) });
  }

  async #later(wakes: readonly Wake[]): Promise<void> {
    const { clock } = this.#ports;
    for (const wake of wakes)
      clock.after(
        Math.min(LONGEST_DELAY_MS, Math.max(0, wake.at - clock.now())),
        () => void this.#options.wakes.send([wake]).catch(() => undefined),
      );
  }
}
