import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock, LogFields, Logger, LogLevel } from "@qmoi/core";
import { jsonLine } from "./log-line.ts";

export interface FileLoggerOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Lines below are left out; `info` otherwise. */
  readonly level?: LogLevel;
  /** Size in bytes at which the file becomes `<path>.1`; 10 MB otherwise. */
  readonly maxBytes?: number;
  /** How many rotated files stay; 5 otherwise. */
  readonly keep?: number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * JSON lines (`time`, `level`, `message`, then the fields) in a file that rotates by size. Lines of one turn of the event loop are one
 * write. A disk that can't be written costs lines, never the program: their number is told with the next line that can be written.
 */
export class FileLogger implements Logger {
  readonly #options: Required<FileLoggerOptions>;
  #fd: number | undefined;
  #bytes = 0;
  #pending: string[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #lost = 0;

  constructor(options: FileLoggerOptions) {
    this.#options = { level: "info", maxBytes: 10 * 1024 * 1024, keep: 5, ...options };
  }

  log(level: LogLevel, message: string, fields?: LogFields): void {
    if (RANK[level] < RANK[this.#options.level]) return;
    this.#pending.push(jsonLine({ time: new Date(this.#options.clock.now()).toISOString(), level, message }, fields));
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Writes what is pending now. */
  flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#pending.length === 0) return;
    const lines = this.#pending;
    this.#pending = [];
    if (this.#lost > 0) {
      const time = new Date(this.#options.clock.now()).toISOString();
      lines.unshift(jsonLine({ time, level: "warn", message: "lines of the log were lost" }, { count: this.#lost }));
    }
    try {
      this.#write(Buffer.from(lines.join("")));
      this.#lost = 0;
    } catch {
      this.#lost += lines.length - (this.#lost > 0 ? 1 : 0);
      this.#close();
    }
  }

  close(): void {
    this.flush();
    this.#close();
  }

  #write(bytes: Uint8Array): void {
    let fd = this.#fd ?? this.#open();
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.maxBytes) {
      this.#rotate();
      fd = this.#open();
    }
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    this.#bytes += bytes.length;
  }

  #open(): number {
    mkdirSync(dirname(this.#options.path), { recursive: true });
    const fd = openSync(this.#options.path, "a", 0o600);
    this.#fd = fd;
    this.#bytes = fstatSync(fd).size;
    return fd;
  }

  #rotate(): void {
    this.#close();
    const { path, keep } = this.#options;
    const names = [path, ...Array.from({ length: keep }, (_, i) => `${path}.${i + 1}`)];
    for (let i = names.length - 1; i > 0; i--) renameIfThere(names[i - 1] ?? path, names[i] ?? path);
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

const renameIfThere = (from: string, to: string): void => {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
};
