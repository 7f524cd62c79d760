import {
  type Audit,
  type AuditEvent,
  type BlobStore,
  type Clock,
  hasCode,
  type Item,
  type Logger,
  QmoiError,
  type Random,
  sleep,
  type Table,
} from "@qmoi/core";
import {
  AUDIT_PK,
  type AuditBlock,
  type AuditRecord,
  appendBlock,
  blockKey,
  type ChainEnd,
  cleanEvent,
  EMPTY_CHAIN,
} from "@qmoi/master-automation";
import { isRefused, isTransient } from "../retrying.ts";
import { AuditHeads } from "./heads.ts";

/** Milliseconds after a record until the head is signed again: half of what is promised. */
const SIGN_MS = 30_000;
/** Milliseconds after which `append` tells that the store took nothing; the record still waits to be stored. */
const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
const BLOCK_RECORDS = 50;
/** Records that may wait for a store that is away. */
const MOST_WAITING = 10_000;

export interface AuditPorts {
  readonly table: Table;
  /** Where the chain's end is signed. Absent in who only appends: another signs what it has appended. */
  readonly blobs?: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Waiting {
  readonly event: AuditEvent;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
  /** Tells whoever waits that the store takes nothing until somebody acts; the record still waits. */
  readonly refused?: (error: unknown) => void;
}

/**
 * The audit on the table. What is appended while a write is under way goes together with the next one. A block's key is the number of its
 * first record, and its write succeeds only where there is none: so every chain is one line, whoever appends.
 */
export class AuditLog implements Audit {
  readonly #heads: AuditHeads | undefined;
  readonly #ports: AuditPorts;
  readonly #key: Uint8Array;
  readonly #listeners = new Set<(records: readonly AuditRecord[]) => void>();
  #waiting: Waiting[] = [];
  /** Why the store takes nothing, since its last refusal. */
  #refusal: unknown;
  #lost = 0;
  #end: ChainEnd | undefined;
  #signed = 0;
  #opened: Promise<ChainEnd> | undefined;
  #writing: Promise<void> | undefined;
  #cancelSign: (() => void) | undefined;
  #closed = false;

  constructor(ports: AuditPorts, key: Uint8Array) {
    this.#ports = ports;
    this.#key = key;
    this.#heads = ports.blobs && new AuditHeads(ports.blobs, key);
  }

  /** Signed heads. Errors: a plain Error where there are no blobs. */
  get heads(): AuditHeads {
    if (!this.#heads) throw new Error("This audit signs nothing: open it with blobs.");
    return this.#heads;
  }

  append(event: AuditEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      const { clock } = this.#ports;
      const cancel = clock.after(PATIENCE_MS, () =>
        reject(new QmoiError("QMOI_STORE_UNAVAILABLE", "The audit record could not be stored yet; it is tried until it can.")),
      );
      const stored = (): void => {
        cancel();
        resolve();
      };
      const failed = (error: unknown): void => {
        cancel();
        reject(error);
      };
      this.#push({ event, stored, failed, refused: failed });
    });
  }

  later(event: AuditEvent): void {
    this.#push({
      event,
      stored: () => undefined,
      failed: (error) => this.#ports.logger.log("error", "audit record not stored", { error, action: event.action }),
    });
  }

  /** Calls the handler with records that this process stored; returns a function that ends it. */
  onRecords(handler: (records: readonly AuditRecord[]) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Signs the chain's end as this process knows it, unless it is signed. */
  async sign(): Promise<void> {
    this.#cancelSign?.();
    this.#cancelSign = undefined;
    await this.#signEnd(this.#end ?? (await this.#open()));
  }

  /** Signs the chain's end as it is stored, whoever has appended to it. */
  async signStored(): Promise<void> {
    if (!this.#end) await this.#open();
    await this.#signEnd(await this.#stored());
  }

  /** Resolves when nothing waits to be stored. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Stores what waits, for as long as the store takes it, and signs the end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
    await this.sign().catch((error) => this.#ports.logger.log("warn", "audit head not signed", { error }));
    this.#cancelSign?.();
  }

  #push(waiting: Waiting): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost++;
      waiting.failed(new QmoiError("QMOI_THROTTLED", `${MOST_WAITING} audit records wait for the store already.`));
      return;
    }
    this.#waiting.push({ ...waiting, event: cleanEvent(waiting.event) });
    if (this.#refusal !== undefined) waiting.refused?.(this.#refusal);
    this.#pump();
  }

  #refuse(error: unknown, batch: readonly Waiting[]): void {
    this.#refusal = error;
    for (const { refused } of [...batch, ...this.#waiting]) refused?.(error);
  }

  #pump(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
      // What came after the last look, and before this.
      if (this.#waiting.length > 0) this.#pump();
    });
  }

  async #drain(): Promise<void> {
    const { clock, random, logger } = this.#ports;
    // Whoever calls goes on first: an append costs it nothing but the wait that it chooses.
    await Promise.resolve();
    let [id, pause, batch]: [string, number, Waiting[]] = ["", FIRST_PAUSE_MS, []];
    while (this.#waiting.length > 0 || batch.length > 0) {
      if (batch.length === 0) {
        batch = this.#waiting.splice(0, BLOCK_RECORDS);
        id = random.id();
      }
      try {
        await this.#write(
          id,
          batch.map(({ event }) => event),
        );
        this.#refusal = undefined;
        for (const { stored } of batch) stored();
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (isTransient(error) && !this.#closed) {
          if (isRefused(error)) this.#refuse(error, batch);
          logger.log("warn", "audit records wait for the store", { count: batch.length + this.#waiting.length, error });
          await sleep(clock, pause);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
          continue;
        }
        for (const { failed } of batch) failed(error);
      }
      batch = [];
      if (this.#lost > 0 && this.#waiting.length === 0) this.#tellLost();
    }
  }

  /** Stores the events as one block after the chain's end; safe to repeat with the same id. */
  async #write(id: string, events: readonly AuditEvent[]): Promise<void> {
    const { table, clock } = this.#ports;
    for (;;) {
      const { block, end } = appendBlock(this.#key, this.#end ?? (await this.#open()), { id, at: clock.now(), events });
      let stored = block;
      try {
        await table.put(block as unknown as Item, { when: { site: "audit.append", absent: true } });
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
        stored = (await table.get(block)) as unknown as AuditBlock;
        if (stored?.id !== id) {
          this.#end = await this.#stored();
          continue;
        }
      }
      const last = stored.r.at(-1);
      this.#end = last ? { seq: last.seq, hash: last.hash } : end;
      for (const listener of this.#listeners) listener(stored.r);
      if (this.#heads) this.#cancelSign ??= clock.after(SIGN_MS, () => this.#signLater());
      return;
    }
  }

  /** Where the chain ends: a signed head that lies further than the table goes on counts, so that a tail that was cut stays missing. */
  #open(): Promise<ChainEnd> {
    this.#opened ??= (async () => {
      const [stored, head] = [await this.#stored(), await this.#heads?.newest()];
      if (head) this.#signed = head.seq;
      this.#end ??= head && head.seq > stored.seq ? { seq: head.seq, hash: head.hash } : stored;
      return this.#end;
    })().finally(() => {
      this.#opened = undefined;
    });
    return this.#opened;
  }

  async #signEnd(end: ChainEnd): Promise<void> {
    if (!this.#heads || end.seq <= this.#signed) return;
    const { table, clock, logger } = this.#ports;
    const holds = async ({ seq, hash }: ChainEnd): Promise<boolean> => {
      const { items } = await table.query({ pk: AUDIT_PK, to: blockKey(seq).sk, reverse: true, limit: 1 });
      return (items[0] as unknown as AuditBlock | undefined)?.r?.some((record) => record.seq === seq && record.hash === hash) ?? false;
    };
    if (await this.#heads.sign(end, clock.now(), holds)) this.#signed = end.seq;
    else
      logger.log("error", "the audit doesn't hold what was signed of it: it isn't signed anew; see `qmoi audit verify`", { end: end.seq });
  }

  async #stored(): Promise<ChainEnd> {
    const { items } = await this.#ports.table.query({ pk: AUDIT_PK, reverse: true, limit: 1 });
    const last = (items[0] as unknown as AuditBlock | undefined)?.r?.at(-1);
    return last ? { seq: last.seq, hash: last.hash } : EMPTY_CHAIN;
  }

  #signLater(): void {
    this.#cancelSign = undefined;
    this.sign().catch((error) => {
      this.#ports.logger.log("warn", "audit head not signed; it is tried again", { error });
      if (!this.#closed) this.#cancelSign ??= this.#ports.clock.after(SIGN_MS, () => this.#signLater());
    });
  }

  #tellLost(): void {
    const count = this.#lost;
    this.#lost = 0;
    this.later({
      action: "audit.lost",
      subject: "audit",
      who: "system",
      outcome: "failed",
      after: { count },
      reason: "The store took nothing for too long.",
    });
  }
}
