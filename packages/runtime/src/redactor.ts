const MASK = "***";
/** Shorter values would mask ordinary text. */
const SHORTEST = 4;

/** Replaces secret values in text, also where they span two pieces of a stream. */
export class Redactor {
  readonly #secrets: readonly string[];
  readonly #longest: number;

  constructor(secrets: readonly string[]) {
    this.#secrets =
      secrets.length === 0
        ? secrets
        : [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST).sort((a, b) => b.length - a.length);
    this.#longest = this.#secrets[0]?.length ?? 0;
  }

  text(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, MASK);
    return clean;
  }

  /** Redacts every string inside a JSON value. */
  json<T>(value: T): T {
    if (this.#secrets.length === 0) return value;
    if (typeof value === "string") return this.text(value) as T;
    if (Array.isArray(value)) return value.map((entry) => this.json(entry)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [this.text(key), this.json(entry)])) as T;
  }

  /** A function that redacts a stream piece by piece: it holds back what may be the beginning of a secret; call it with `end` last. */
  stream(): (piece: string, end?: boolean) => string {
    let held = "";
    return (piece, end = false) => {
      const clean = this.text(held + piece);
      const keep = end ? 0 : this.#suspicious(clean);
      held = clean.slice(clean.length - keep);
      return clean.slice(0, clean.length - keep);
    };
  }

  /** Length of the longest tail that begins a secret. */
  #suspicious(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const tail = text.slice(text.length - length);
      if (this.#secrets.some((secret) => secret.startsWith(tail))) return length;
    }
    return 0;
  }
}
