import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Compares without telling by its duration where they differ. */
const same = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/**
 * What a browser is trusted by: a session that the data folder's key was exchanged for. It is derived from the key, so that it outlives a
 * restart and ends with the key, and the browser, which shows cookies to every port, never holds the key itself.
 */
export class Access {
  readonly #key: () => string;
  readonly #cookie: string;

  constructor(key: () => string, port: number) {
    this.#key = key;
    this.#cookie = `qmoi_${port}`;
  }

  isKey(text: string): boolean {
    return same(text, this.#key());
  }

  /** The `authorization` header that a request stands for: its own, else the one that its session was opened with (cookies: `name=value`). */
  authorization(own: string | undefined, cookies: readonly string[] = []): string | undefined {
    if (own !== undefined) return own;
    const session = this.#session();
    const opened = cookies.some((cookie) => cookie.startsWith(`${this.#cookie}=`) && same(cookie.slice(this.#cookie.length + 1), session));
    return opened ? `Bearer ${this.#key()}` : undefined;
  }

  /** Set-Cookie header that opens the session for 30 days. */
  sessionCookie(): string {
    return `${this.#cookie}=${this.#session()}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict`;
  }

  #session(): string {
    return createHmac("sha256", this.#key()).update("console session").digest("base64url");
  }
}
