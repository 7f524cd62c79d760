import { EXIT } from "./errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ctrl-C and its kin: the first asks to end well, the second to end soon, the third ends the process. */
export class Interruption {
  readonly #first = new AbortController();
  readonly #second = new AbortController();

  get first(): AbortSignal {
    return this.#first.signal;
  }

  get second(): AbortSignal {
    return this.#second.signal;
  }

  /** Listens from now on; returns a function that ends it. */
  listen(): () => void {
    for (const signal of SIGNALS) process.on(signal, this.#tell);
    return () => {
      for (const signal of SIGNALS) process.off(signal, this.#tell);
    };
  }

  readonly #tell = (): void => {
    if (this.second.aborted) process.exit(EXIT.interrupted);
    (this.first.aborted ? this.#second : this.#first).abort();
  };
}
