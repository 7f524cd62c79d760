import { once } from "node:events";
import { type FromSuccessor, PREDECESSOR_VARIABLE, type ToSuccessor } from "./messages.ts";

/** What the predecessor has left. */
export interface Taken {
  readonly port: number;
  /** Id of the command that wanted it. */
  readonly by: string;
}

/** The process that this one takes over from, as its child, by the channel between them. */
export class Predecessor {
  readonly version: string;
  readonly #end = new AbortController();
  readonly #endNow = new AbortController();
  #settled = false;

  private constructor(version: string) {
    this.version = version;
    process.on("message", this.#hear);
  }

  /** Undefined where this process takes over from nobody. */
  static find(env: Readonly<Record<string, string | undefined>> = process.env): Predecessor | undefined {
    const version = env[PREDECESSOR_VARIABLE];
    return version !== undefined && process.send ? new Predecessor(version) : undefined;
  }

  /** Whether it still waits for this one to do well. */
  get waits(): boolean {
    return process.connected && !this.#settled;
  }

  /** Abort when it is asked to end, and asked again. */
  get ends(): { readonly first: AbortSignal; readonly second: AbortSignal } {
    return { first: this.#end.signal, second: this.#endNow.signal };
  }

  /** Says that this process has started, and resolves once the folder is its own to take. Rejects if the predecessor goes away. */
  async ready(version: string): Promise<Taken> {
    const gone = once(process, "disconnect").then(() => {
      throw new Error("whoever was to leave the data folder has ended");
    });
    const taken = new Promise<Taken>((resolve) => {
      process.on("message", (message: ToSuccessor) => {
        if (message.says === "take") resolve(message);
      });
    });
    this.#say({ says: "ready", version });
    return Promise.race([taken, gone]);
  }

  serving(): void {
    this.#say({ says: "serving" });
  }

  /** Has it take the folder back, once this process has ended. */
  giveBack(): void {
    this.#say({ says: "back" });
  }

  /** It need not wait any more: all is well. */
  settle(): void {
    this.#settled = true;
    this.#say({ says: "settled" });
  }

  /** Lets this process end. */
  forget(): void {
    process.off("message", this.#hear);
    if (process.connected) process.disconnect();
  }

  #say(message: FromSuccessor): void {
    if (process.connected) process.send?.(message);
  }

  readonly #hear = (message: ToSuccessor): void => {
    if (message.says !== "end") return;
    (message.now ? this.#endNow : this.#end).abort();
  };
}
