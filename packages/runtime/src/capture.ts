import type { LogStream, TaskLogs } from "@qmoi/core";
import type { Redactor } from "./redactor.ts";

/** Takes an attempt's output piece by piece: decodes, redacts, caps and stores it. */
export class Capture {
  readonly #logs: TaskLogs;
  readonly #key: string;
  readonly #now: () => number;
  /** Made with the first piece: most trusted functions say nothing. */
  #streams: Map<LogStream, { decoder: InstanceType<typeof TextDecoder>; redact: (piece: string, end?: boolean) => string }> | undefined;
  readonly #redactor: Redactor;
  #room: number;

  constructor(logs: TaskLogs, key: string, redactor: Redactor, capBytes: number, now: () => number) {
    this.#logs = logs;
    this.#key = key;
    this.#redactor = redactor;
    this.#room = capBytes;
    this.#now = now;
  }

  readonly take = (name: LogStream, chunk: Uint8Array): void => {
    if (this.#room <= 0) return;
    this.#streams ??= new Map();
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = { decoder: new TextDecoder(), redact: this.#redactor.stream() };
      this.#streams.set(name, stream);
    }
    const cut = chunk.length > this.#room;
    this.#room -= chunk.length;
    const text = stream.redact(stream.decoder.decode(cut ? chunk.subarray(0, this.#room + chunk.length) : chunk, { stream: true }));
    this.#append(name, text);
    if (cut) this.#append("log", `\n[output cut: memory_optimization.json allows no more per attempt]\n`);
  };

  /** Something came: it must be closed. */
  get used(): boolean {
    return this.#streams !== undefined;
  }

  /** Writes what was held back; resolves when all of it can be read. */
  async close(): Promise<void> {
    for (const [name, { decoder, redact }] of this.#streams ?? []) this.#append(name, redact(decoder.decode(), true));
    if (this.used) await this.#logs.flush(this.#key);
  }

  #append(stream: LogStream, text: string): void {
    if (text === "") return;
    this.#logs.append(this.#key, { stream, at: this.#now(), text });
  }
}
