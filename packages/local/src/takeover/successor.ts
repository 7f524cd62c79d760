import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FromSuccessor, PREDECESSOR_VARIABLE, type ToSuccessor } from "./messages.ts";

/** What is started to take over. */
export interface SuccessorCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How it ended: it gave the folder back, or failed before all was well, or it simply ended. */
export type SuccessorEnd =
  | { readonly how: "back" | "failed"; readonly why: string }
  | { readonly how: "ended"; readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Long enough for a slow machine to load everything, and to read the data. */
const READY_MS = 60_000;
const SERVING_MS = 120_000;

/** The next version, in a process of its own: this one's child, which outlives it if need be. */
export class Successor {
  readonly #child: ChildProcess;
  readonly #said = new Set<FromSuccessor["says"]>();
  readonly #listeners = new Set<() => void>();
  readonly #exit: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: FromSuccessor) => {
      this.#said.add(message.says);
      for (const tell of this.#listeners) tell();
    });
    this.#exit = once(child, "exit").then(
      () => undefined,
      () => undefined,
    );
  }

  /** Resolves once it has loaded and waits for the folder. Rejects where it can't be started. */
  static async start({ command, args, env = process.env }: SuccessorCommand, version: string): Promise<Successor> {
    const child = spawn(command, args, {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { ...env, [PREDECESSOR_VARIABLE]: version },
    });
    const successor = new Successor(child);
    await successor.#until("ready", READY_MS);
    return successor;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Leaves folder and port to it; resolves once it serves. Rejects if it doesn't, and then it has ended. */
  async take(port: number, by: string): Promise<void> {
    this.#tell({ says: "take", port, by });
    await this.#until("serving", SERVING_MS);
  }

  /** Asks it to end as this process is asked to. */
  follow(first: AbortSignal, second: AbortSignal): void {
    const passOn = (signal: AbortSignal, now: boolean): void => {
      const tell = (): void => this.#tell({ says: "end", now });
      if (signal.aborted) tell();
      else signal.addEventListener("abort", tell, { once: true });
    };
    passOn(first, false);
    passOn(second, true);
  }

  /** Resolves when it has ended. */
  async ended(): Promise<SuccessorEnd> {
    await this.#exit;
    const { exitCode: code, signalCode: signal } = this.#child;
    const why = `it ended with ${signal ?? `code ${code}`}`;
    if (this.#said.has("back")) return { how: "back", why };
    return this.#said.has("settled") || code === 0 ? { how: "ended", code, signal } : { how: "failed", why };
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  #tell(message: ToSuccessor): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async #until(says: FromSuccessor["says"], ms: number): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const said = new Promise<"said">((resolve) => {
      const look = (): void => {
        if (this.#said.has(says)) resolve("said");
      };
      this.#listeners.add(look);
      look();
    });
    const outcome = await Promise.race([
      said,
      this.#exit.then(() => "exit" as const),
      new Promise<"late">((resolve) => {
        late = setTimeout(() => resolve("late"), ms);
      }),
    ]);
    clearTimeout(late);
    if (outcome === "said") return;
    await this.kill();
    throw new Error(
      outcome === "late"
        ? `it was not ${says} after ${ms / 1000} s`
        : `it ended with ${this.#child.signalCode ?? `code ${this.#child.exitCode}`} before it was ${says}`,
    );
  }
}
