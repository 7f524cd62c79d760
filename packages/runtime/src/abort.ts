export type AbortReason = "timeout" | "heartbeat" | "cancelled";

const nobody = (): void => undefined;

/**
 * Tells one attempt to stop, once. Its AbortSignal is made when somebody asks for it: a signal takes memory until the next major
 * collection, and most trusted functions never look at theirs.
 */
export class Abort {
  reason: AbortReason | undefined;
  #heard = nobody;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason !== undefined) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  /** Calls the handler when it is told to stop; it replaces the handler before. */
  onAbort(handler: () => void): void {
    this.#heard = handler;
  }

  /** Lets go of the handler and of all that it holds. */
  ended(): void {
    this.#heard = nobody;
    this.#controller = undefined;
  }

  abort(reason: AbortReason): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#controller?.abort(reason);
    this.#heard();
  }
}
