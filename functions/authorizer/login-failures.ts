import type { Audit } from "@qmoi/core";

const WINDOW_MS = 60_000;
/** Records in a minute over all addresses: whoever has many must not fill the audit. */
const MOST_RECORDS = 60;

/** Records login failures, one a minute and address, with how many there were since. */
export class LoginFailures {
  readonly #audit: Audit;
  readonly #sources = new Map<string, number>();
  #began = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(audit: Audit) {
    this.#audit = audit;
  }

  /** `now`: milliseconds since some fixed moment. */
  add(from: string, key: string | undefined, now: number): void {
    if (now - this.#began >= WINDOW_MS) {
      this.#untold += [...this.#sources.values()].reduce((sum, count) => sum + count, 0);
      this.#sources.clear();
      this.#began = now;
    }
    const count = this.#sources.get(from);
    if (count !== undefined) this.#sources.set(from, count + 1);
    else if (this.#sources.size >= MOST_RECORDS) this.#untold++;
    else {
      this.#sources.set(from, 0);
      const after = this.#untold > 0 ? { failuresNotRecorded: this.#untold } : undefined;
      this.#untold = 0;
      this.#audit.later({
        action: "login.fail",
        subject: key ?? "token",
        who: "unknown",
        from,
        outcome: "refused",
        ...(after ? { after } : {}),
      });
    }
  }
}
