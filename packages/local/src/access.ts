import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Compares without telling by its duration where they differ. */
const same = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/**
 * Who may use the server: whoever has the data folder's token, as a bearer, or in a browser the session that it was exchanged for. The
 * session is derived from the token, so that it outlives a restart, and the browser, which shows cookies to every port, never holds the
 * token itself.
 */
export class Access {
  readonly #token: string;
  readonly #session: string;
  readonly #cookie: string;

  constructor(token: string, port: number) {
    this.#token = token;
    this.#session = createHmac("sha256", token).update("console session").digest("base64url");
    this.#cookie = `qmoi_${port}`;
  }

  isToken(text: string): boolean {
    return same(text, this.#token);
  }

  /** By the request's `authorization` header or its cookies (`name=value` each). */
  allows(authorization: string | undefined, cookies: readonly string[] = []): boolean {
    const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    if (authorization !== undefined) return bearer !== undefined && this.isToken(bearer);
    return cookies.some((cookie) => cookie.startsWith(`${this.#cookie}=`) && same(cookie.slice(this.#cookie.length + 1), this.#session));
  }

  /** Set-Cookie header that opens the session for 30 days. */
  sessionCookie(): string {
    return `${this.#cookie}=${this.#session}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict`;
  }
}
