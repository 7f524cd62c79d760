import type { ServerResponse } from "node:http";

/** Tells runs that change to browsers and terminals as server-sent events, each run at most once in `everyMs`. */
export class EventStream {
  readonly #listeners = new Set<ServerResponse>();
  readonly #everyMs: number;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  readonly #beat: NodeJS.Timeout;

  constructor(everyMs = 200, beatMs = 15_000) {
    this.#everyMs = everyMs;
    // A line now and then keeps the connection, and finds out which are gone.
    this.#beat = setInterval(() => this.#send(": \n\n"), beatMs).unref();
  }

  add(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    response.write("retry: 1000\n\n");
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
  }

  /** The run changed. */
  tell(run: string): void {
    if (this.#listeners.size === 0) return;
    this.#changed.add(run);
    this.#timer ??= setTimeout(() => this.#flush(), this.#everyMs);
  }

  close(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#timer);
    for (const response of this.#listeners) response.end();
  }

  #flush(): void {
    this.#timer = undefined;
    this.#send([...this.#changed].map((run) => `data: ${JSON.stringify({ run })}\n\n`).join(""));
    this.#changed.clear();
  }

  /** A listener that doesn't read is dropped: it asks again when it lives. */
  #send(text: string): void {
    for (const response of this.#listeners) {
      if (response.writableLength > 64 * 1024) response.destroy();
      else response.write(text);
    }
  }
}
