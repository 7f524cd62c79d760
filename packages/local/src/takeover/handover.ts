import { type Move, QmoiError, type Release, type Releases, UnavailableError } from "@qmoi/core";
import type { Predecessor } from "./predecessor.ts";

/** What this process is asked to do: to leave the data folder to the version that is installed now, or to the one that it came from. */
export interface Leave {
  readonly to: "successor" | "predecessor";
  readonly version: string;
  /** The command that wants it, and how long it waits for what runs (ms). */
  readonly move: Move;
  /** Aborts if it isn't wanted any more. */
  readonly signal: AbortSignal;
}

export interface HandoverOptions {
  /** Of this process. */
  readonly version: string;
  /** Of what is installed now, which the next process will have. */
  readonly installed: () => string;
  /** The process that waits for this one to do well, if this one took over from it. */
  readonly predecessor?: Predecessor;
}

/**
 * The versions of one machine: a process has one for all its modules, so that the first move takes along the others. This process only says
 * that it is to leave; whoever serves with it closes everything, and comes back where the next one fails.
 */
export class Handover implements Releases {
  /** Whoever starts a process chooses its version. */
  readonly lasting = false;
  readonly #options: HandoverOptions;
  readonly #failed = new Map<string, string>();
  #gone = false;
  #leaving: (Leave & { readonly cancel: () => void }) | undefined;
  #tell: ((leave: Leave) => void) | undefined;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  async running(): Promise<Release> {
    return { qmoi: this.#options.version };
  }

  async newest(): Promise<Release> {
    return { qmoi: this.#options.installed() };
  }

  async move(_module: string, { qmoi: version = "" }: Release, move: Move): Promise<"moved" | "moving"> {
    const { version: own, predecessor, installed } = this.#options;
    // What still asks belongs to a system that was closed: whoever has the folder now asks again.
    if (this.#gone) throw new UnavailableError("This process has left the data folder.");
    if (version === own) {
      // Back to what still runs: whatever is under way is given up.
      this.#leaving?.cancel();
      return "moved";
    }
    const failed = this.#failed.get(move.by);
    if (failed !== undefined) throw unavailable(failed);
    if (this.#leaving) return "moving";
    if (predecessor?.waits && predecessor.version === version) this.#leave("predecessor", version, move);
    else if (version === installed()) this.#leave("successor", version, move);
    else throw unavailable(`Version ${version} is not there any more: installed is ${installed()}.`);
    return "moving";
  }

  /** Resolves once this process is to leave. */
  wanted(): Promise<Leave> {
    return new Promise((resolve) => {
      this.#tell = resolve;
      if (this.#leaving) resolve(this.#leaving);
    });
  }

  /** Everything was closed. */
  left(): void {
    this.#gone = true;
  }

  /** This process stays. The same command does not try it again. */
  stay({ move }: Leave, why: string): void {
    this.#failed.set(move.by, why);
    this.#leaving = undefined;
    this.#gone = false;
  }

  #leave(to: Leave["to"], version: string, move: Move): void {
    const controller = new AbortController();
    this.#leaving = { to, version, move, signal: controller.signal, cancel: () => controller.abort() };
    this.#tell?.(this.#leaving);
  }
}

const unavailable = (why: string): QmoiError => new QmoiError("QMOI_UPDATE_UNAVAILABLE", why);
