import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Change, Written } from "@qmoi/core";
import type { ChangeFeed } from "../change-feed.ts";
import { conflict } from "../condition.ts";
import { SqliteChange } from "./sqlite-change.ts";
import type { SqliteCondition } from "./sqlite-condition.ts";
import { sqliteError } from "./sqlite-error.ts";
import type { IndexColumns, SqliteStatements } from "./sqlite-statements.ts";

/** One write in the queue. It holds no object of the caller's that could change until its turn. */
export interface PendingWrite {
  readonly pk: string;
  readonly sk: string;
  /** The item's version and JSON text; undefined for a deletion. */
  readonly v: number | undefined;
  readonly doc: string | undefined;
  readonly indexes: IndexColumns;
  /** Attribute that gets the write's sequence number. */
  readonly stamp: string | undefined;
  readonly condition: SqliteCondition | undefined;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** What a write did to the store; `unchanged` is the deletion of what is absent, `refused` a condition that doesn't hold. */
type Effect = "written" | "unchanged" | "refused";

/** So many writes take a few tens of milliseconds; then the event loop gets its turn. */
const MAX_BATCH = 4096;
/** Sequence numbers taken at a time, at least MAX_BATCH: to write each transaction's down would add a page to the log with every commit. */
const SEQ_BLOCK = 10_000;

/**
 * Queues writes and commits all of a turn of the event loop in one transaction: a commit costs more than a write. Each
 * write has its own condition and its own outcome. A transaction that fails rejects every write in it and leaves nothing.
 */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #statements: SqliteStatements;
  readonly #feed: ChangeFeed;
  readonly #committed: (writes: number) => void;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #readSeq: StatementSync;
  readonly #writeSeq: StatementSync;
  readonly #readVersion: StatementSync;
  /** The last number given away, the last that is taken, and what the file's version was when that was read; undefined: to be read again. */
  #seq = 0;
  #taken = 0;
  #version: number | undefined;
  #queue: PendingWrite[] = [];
  #scheduled = false;

  constructor(db: DatabaseSync, file: string, statements: SqliteStatements, feed: ChangeFeed, committed: (writes: number) => void) {
    this.#db = db;
    this.#file = file;
    this.#statements = statements;
    this.#feed = feed;
    this.#committed = committed;
    // IMMEDIATE: a transaction that begins as a reader can fail to become a writer, whatever the timeout.
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#readSeq = statements.prepare("SELECT value FROM meta WHERE name = 'seq'");
    this.#writeSeq = db.prepare("UPDATE meta SET value = ? WHERE name = 'seq'");
    this.#readVersion = statements.prepare("PRAGMA data_version");
  }

  push(write: PendingWrite): void {
    this.#queue.push(write);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  /** Later writes get numbers above `least`. */
  raiseSeq(least: number): void {
    this.flush();
    this.#db.prepare("UPDATE meta SET value = max(value, ?) WHERE name = 'seq'").run(least);
    this.#version = undefined;
  }

  /** Commits all that is queued, now. */
  flush(): void {
    while (this.#queue.length > 0) this.#commitBatch(this.#queue.splice(0, MAX_BATCH));
  }

  /** Commits all that is queued, and gives back the numbers that were taken and not used, where nobody has taken more since. */
  close(): void {
    this.flush();
    if (this.#version === undefined || this.#taken === this.#seq) return;
    try {
      this.#db.prepare("UPDATE meta SET value = ? WHERE name = 'seq' AND value = ?").run(this.#seq, this.#taken);
    } catch {
      // A gap in the numbers is harmless.
    }
  }

  #turn(): void {
    const batch = this.#queue.length <= MAX_BATCH ? this.#queue : this.#queue.splice(0, MAX_BATCH);
    if (batch === this.#queue) this.#queue = [];
    this.#scheduled = this.#queue.length > 0;
    if (this.#scheduled) setImmediate(() => this.#turn());
    if (batch.length > 0) this.#commitBatch(batch);
  }

  #commitBatch(batch: readonly PendingWrite[]): void {
    const changes: Change[] | undefined = this.#feed.active ? [] : undefined;
    let seqs: readonly (number | "refused")[];
    try {
      this.#begin.run();
      seqs = this.#writeAll(batch, changes);
      this.#commit.run();
    } catch (error) {
      this.#rollBack();
      this.#version = undefined;
      const reason = sqliteError(error, this.#file);
      for (const write of batch) write.reject(reason);
      return;
    }
    this.#committed(batch.length);
    for (let i = 0; i < batch.length; i++) settle(batch[i] as PendingWrite, seqs[i] as number | "refused");
    if (changes !== undefined) this.#feed.publish(changes);
  }

  /** The sequence number of each write, or that it was refused. */
  #writeAll(batch: readonly PendingWrite[], changes: Change[] | undefined): (number | "refused")[] {
    this.#takeSeqs(batch.length);
    const seqs: (number | "refused")[] = [];
    const { wantsOld } = this.#feed;
    for (const write of batch) {
      const effect = this.#write(write, this.#seq + 1, changes, wantsOld);
      if (effect === "written") this.#seq++;
      seqs.push(effect === "refused" ? effect : this.#seq);
    }
    return seqs;
  }

  /** Within the transaction: what another process that was let at the file has taken since is no longer free here. */
  #takeSeqs(count: number): void {
    const [version] = this.#readVersion.get() as unknown as [number];
    if (version !== this.#version) {
      [this.#seq] = this.#readSeq.get() as unknown as [number];
      this.#taken = this.#seq;
      this.#version = version;
    }
    if (this.#taken - this.#seq >= count) return;
    this.#taken = this.#seq + SEQ_BLOCK;
    this.#writeSeq.run(this.#taken);
  }

  #write(write: PendingWrite, seq: number, changes: Change[] | undefined, wantsOld: boolean): Effect {
    const doc = write.doc === undefined || write.stamp === undefined ? write.doc : stamped(write.doc, write.stamp, seq);
    const old = wantsOld && write.condition?.absent !== true ? this.#statements.select(write.pk, write.sk) : undefined;
    const effect = doc === undefined ? this.#delete(write) : this.#put(write, doc);
    if (effect === "written") changes?.push(new SqliteChange(write, doc, old));
    return effect;
  }

  #put({ pk, sk, indexes, condition }: PendingWrite, doc: string): Effect {
    if (condition === undefined) {
      this.#statements.upsert(pk, sk, doc, indexes);
      return "written";
    }
    const { absent, orAbsent } = condition;
    if ((absent || orAbsent) && this.#statements.insert(pk, sk, doc, indexes)) return "written";
    return !absent && this.#statements.update(pk, sk, doc, indexes, condition) ? "written" : "refused";
  }

  #delete({ pk, sk, condition }: PendingWrite): Effect {
    if (condition?.absent) return this.#statements.select(pk, sk) === undefined ? "unchanged" : "refused";
    if (this.#statements.delete(pk, sk, condition)) return "written";
    if (condition?.orAbsent) return this.#statements.select(pk, sk) === undefined ? "unchanged" : "refused";
    return condition === undefined ? "unchanged" : "refused";
  }

  #rollBack(): void {
    try {
      // A full disk or an I/O error may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    } catch {
      // What is told is why the transaction failed.
    }
  }
}

/** An item's text always has a member, its key, so that another can follow at its end. */
const stamped = (doc: string, name: string, seq: number): string => `${doc.slice(0, -1)},${JSON.stringify(name)}:${seq}}`;

const settle = (write: PendingWrite, seq: number | "refused"): void => {
  if (seq !== "refused") write.resolve({ seq });
  else if (write.condition !== undefined) write.reject(conflict(write, write.condition.when));
};
