import type { Clock, LogFields, Logger, LogLevel, TrackStore } from "@qmoi/core";
import type { AuditRecord } from "@qmoi/master-automation";
import {
  addLines,
  type Days,
  freeName,
  type Line,
  lineOf,
  MAX_BYTES,
  type Note,
  noteOf,
  parseTracks,
  renderTracks,
  TRACKS_FILE,
} from "./track-file.ts";

/** Milliseconds for which lines are gathered into one write. */
const GATHER_MS = 200;
/** Notes and errors taken into one write; people read no more, and the log has them all. */
const MOST_NOTES = 50;
/** Milliseconds until a store that took nothing is asked again. */
const AGAIN_MS = 5_000;
/** Lines that wait for it at most: the oldest go first, and how many is told. */
const MOST_WAITING = 10_000;

export interface TracksOptions {
  readonly store: TrackStore;
  readonly clock: Clock;
  /** Told when the store takes nothing. */
  readonly logger: Logger;
  /** Size in bytes at which the file becomes a dated one; 256 KB otherwise. */
  readonly maxBytes?: number;
}

/** What happens, for people: one line each with its exact time, the newest day first, in a file that rotates by size. Holds no secrets. */
export class Tracks implements Logger {
  readonly #options: TracksOptions;
  #days: Days | undefined;
  /** Notes and errors since the last write: taken, and only counted. */
  #notes = { taken: 0, omitted: 0 };
  #pending: (Note | Line)[] = [];
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** The dated file that a rotation has begun to write. */
  #dated: string | undefined;
  #refused = false;
  #lost = 0;

  constructor(options: TracksOptions) {
    this.#options = options;
  }

  /** Audit records as they are stored. */
  records(records: readonly AuditRecord[]): void {
    for (const record of records) this.#add(noteOf(record));
  }

  /** Errors and warnings, what the system did by itself, and debug notes. */
  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (message === "request") return;
    if (this.#notes.taken >= MOST_NOTES) {
      this.#notes.omitted++;
      return;
    }
    this.#notes.taken++;
    const kind = level === "debug" ? "debug" : level === "info" ? "action" : "error";
    const facts = Object.entries(fields).filter(([, value]) => value !== undefined);
    this.#add({ at: this.#options.clock.now(), kind, text: () => [message, ...facts.map(factOf)].join(" ") });
  }

  /** Writes what is pending. What the store does not take waits, and is tried again. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing = this.#writing.then(() => this.#tryToWrite());
    await this.#writing;
  }

  #add(note: Note): void {
    this.#pending.push(note);
    this.#lost += this.#pending.splice(0, this.#pending.length - MOST_WAITING).length;
    this.#cancel ??= this.#options.clock.after(this.#refused ? AGAIN_MS : GATHER_MS, () => void this.flush());
  }

  async #tryToWrite(): Promise<void> {
    const { clock, logger } = this.#options;
    const { omitted } = this.#notes;
    this.#notes = { taken: 0, omitted: 0 };
    const at = clock.now();
    const pending = this.#pending.splice(0).map((note) => ("line" in note ? note : lineOf(note)));
    if (omitted > 0) pending.push(lineOf({ at, kind: "debug", text: () => `${omitted} more notes, left out here; the log has them all` }));
    if (pending.length === 0) return;
    const lost = this.#lost;
    try {
      const gap =
        lost > 0 ? [lineOf({ at, kind: "error", text: () => `${lost} lines were lost while these tracks could not be written` })] : [];
      await this.#write([...gap, ...pending]);
      this.#lost -= lost;
      this.#refused = false;
    } catch (error) {
      // What was read is forgotten with what was added to it: the file decides.
      this.#days = undefined;
      this.#pending.unshift(...pending);
      this.#lost += this.#pending.splice(0, this.#pending.length - MOST_WAITING).length;
      if (!this.#refused) logger.log("error", "tracks not written; they wait and are tried again", { error });
      this.#refused = true;
      this.#cancel ??= clock.after(AGAIN_MS, () => void this.flush());
    }
  }

  async #write(pending: readonly Line[]): Promise<void> {
    const { store, maxBytes = MAX_BYTES } = this.#options;
    this.#days ??= parseTracks((await store.read(TRACKS_FILE)) ?? "");
    addLines(this.#days, pending);
    const text = renderTracks(this.#days);
    if (Buffer.byteLength(text) > maxBytes) {
      // The same name again where the write after it failed: nothing is told twice.
      this.#dated ??= await freeName(store, this.#days);
      await store.write(this.#dated, text);
      this.#days = [];
    }
    await store.write(TRACKS_FILE, renderTracks(this.#days));
    this.#dated = undefined;
  }
}

const factOf = ([name, value]: [string, unknown]): string => {
  if (value instanceof Error) return `${name}=${value.message}`;
  try {
    return `${name}=${JSON.stringify(value)}`;
  } catch {
    // A cycle or a bigint must not cost the lines written with it.
    return `${name}=${String(value)}`;
  }
};
