import { NotFoundError, type Page, QmoiError, type Table } from "@qmoi/core";
import { AUDIT_PK, type AuditBlock, type AuditRecord, type AuditVerdict, blockKey } from "@qmoi/master-automation";
import type { AuditLog } from "./audit-log.ts";

/** Blocks read at once: each has up to 50 records. */
const BLOCKS = 50;
const PAGE = 100;
/** Blocks looked at for one page: a filter that finds little still answers soon. */
const MOST_BLOCKS = 400;

export interface AuditRequest {
  readonly limit?: number;
  readonly after?: string;
  /** Newest first otherwise. */
  readonly oldestFirst?: boolean;
  /** Only actions that begin so, such as `run` or `config.set`. */
  readonly action?: string;
  readonly who?: string;
  readonly subject?: string;
  readonly outcome?: AuditRecord["outcome"];
  /** Milliseconds since 1970, both included. */
  readonly since?: number;
  readonly until?: number;
}

/** Reads the audit. */
export class AuditReader {
  readonly #table: Table;
  readonly #log: AuditLog;
  readonly #key: Uint8Array;

  constructor(table: Table, log: AuditLog, key: Uint8Array) {
    this.#table = table;
    this.#log = log;
    this.#key = key;
  }

  /** A page may hold fewer records than asked for, or none, and still have a cursor. */
  async list(request: AuditRequest = {}): Promise<Page<AuditRecord>> {
    const { limit = PAGE, after, oldestFirst = false } = request;
    const found: AuditRecord[] = [];
    let position = after === undefined ? undefined : positionOf(after);
    for (let looked = 0; looked < MOST_BLOCKS; looked += BLOCKS) {
      const blocks = await this.#blocks(position, oldestFirst);
      for (const block of blocks) {
        for (const record of oldestFirst ? block.r : [...block.r].reverse()) {
          if (position !== undefined && (oldestFirst ? record.seq <= position : record.seq >= position)) continue;
          if (found.length === limit) return { items: found, next: String(position) };
          position = record.seq;
          if (matches(record, request)) found.push(record);
        }
      }
      if (blocks.length < BLOCKS) return { items: found };
    }
    return { items: found, ...(position === undefined ? {} : { next: String(position) }) };
  }

  /** Rejects with QMOI_NOT_FOUND. */
  async record(seq: number): Promise<AuditRecord> {
    const { items } = await this.#table.query({ pk: AUDIT_PK, to: blockKey(seq).sk, reverse: true, limit: 1 });
    const record = (items[0] as unknown as AuditBlock | undefined)?.r.find((one) => one.seq === seq);
    if (!record) throw new NotFoundError(`There is no audit record ${seq}.`);
    return record;
  }

  /** Reads the whole chain and its signed heads. What is not signed yet is signed first. */
  async verify(): Promise<AuditVerdict> {
    await this.#log.sign();
    const { ChainVerifier } = await import("@qmoi/master-automation/chain-verifier");
    const verifier = new ChainVerifier(this.#key, await this.#log.heads.all());
    for (let after: string | undefined; ; ) {
      const page = await this.#table.query({ pk: AUDIT_PK, limit: BLOCKS, ...(after === undefined ? {} : { after }) });
      for (const item of page.items) verifier.block(item);
      if (page.next === undefined) return verifier.verdict();
      after = page.next;
    }
  }

  /** Blocks at and beyond a record, the one that may hold it first. */
  async #blocks(position: number | undefined, oldestFirst: boolean): Promise<readonly AuditBlock[]> {
    if (!oldestFirst) {
      const to = position === undefined ? {} : { to: blockKey(position).sk };
      return (await this.#table.query({ pk: AUDIT_PK, reverse: true, limit: BLOCKS, ...to })).items as unknown as readonly AuditBlock[];
    }
    const holding =
      position === undefined
        ? undefined
        : (await this.#table.query({ pk: AUDIT_PK, to: blockKey(position).sk, reverse: true, limit: 1 })).items[0];
    const from = holding ? { from: holding.sk } : {};
    return (await this.#table.query({ pk: AUDIT_PK, limit: BLOCKS, ...from })).items as unknown as readonly AuditBlock[];
  }
}

const matches = (record: AuditRecord, { action, who, subject, outcome, since, until }: AuditRequest): boolean =>
  (action === undefined || record.action === action || record.action.startsWith(`${action}.`)) &&
  (who === undefined || record.who === who) &&
  (subject === undefined || record.subject === subject) &&
  (outcome === undefined || record.outcome === outcome) &&
  (since === undefined || record.at >= since) &&
  (until === undefined || record.at <= until);

const positionOf = (cursor: string): number => {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor);
  throw new QmoiError("QMOI_INVALID_INPUT", "The cursor is not one of this list.", { path: "$.query.after" });
};
