import type { Json } from "@qmoi/core";

/** What standard output becomes as the task's output. */
export type OutputMode = "json" | "text" | "none";

/** Longest text output: what an attempt's item holds without the blob store. */
const TEXT_BYTES = 4096;
/** Most bytes kept for parsing as JSON. */
const JSON_BYTES = 1 << 20;

const parse = (text: string): { value: Json } | undefined => {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
};

/** The last `limit` bytes as text, beginning at a whole character. */
const tail = (bytes: Buffer, limit: number): string => {
  let from = Math.max(0, bytes.length - limit);
  while (from > 0 && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from++;
  return bytes.subarray(from).toString("utf8");
};

/** Keeps the end of a process's standard output, for its output and for the failure's message. */
export class CapturedOutput {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #whole = true;
  readonly #limit: number;

  constructor(limit = JSON_BYTES) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Twice the limit before cutting, so that each byte is copied at most once more.
    if (this.#bytes > 2 * this.#limit) this.#cut();
  }

  /**
   * Standard output as JSON. `json`: all of it or its last line, if that parses; `text`: the last 4 KB;
   * otherwise JSON if all of it parses, else text. Undefined if there is none.
   */
  toOutput(mode?: OutputMode): Json | undefined {
    if (mode === "none") return undefined;
    const bytes = Buffer.concat(this.#chunks);
    const text = bytes.toString("utf8").trimEnd();
    if (text === "") return undefined;
    const parsed = mode === "text" ? undefined : this.#parse(text, mode === "json");
    return parsed ? parsed.value : tail(bytes, TEXT_BYTES).trimEnd();
  }

  /** The last line that isn't empty, at most 500 characters. */
  lastLine(): string {
    const text = tail(Buffer.concat(this.#chunks), TEXT_BYTES).trimEnd();
    return text.slice(text.lastIndexOf("\n") + 1).slice(-500);
  }

  #parse(text: string, lastLine: boolean): { value: Json } | undefined {
    const whole = this.#whole ? parse(text) : undefined;
    return whole ?? (lastLine ? parse(text.slice(text.lastIndexOf("\n") + 1)) : undefined);
  }

  #cut(): void {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [Buffer.from(bytes.subarray(bytes.length - this.#limit))];
    this.#bytes = this.#limit;
    this.#whole = false;
  }
}
