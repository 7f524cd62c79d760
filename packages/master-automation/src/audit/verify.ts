import type { Item } from "@qmoi/core";
import { type AuditRecord, blockKey, EMPTY_CHAIN, recordHash } from "./chain.ts";
import { isSigned, parseHead, type SignedHead } from "./head.ts";

/**
 * edited: a record or block says something else than what was written; removed: records are missing between others; inserted: one that was
 * never written there; reordered: genuine ones in another place; rewritten: made anew from here on; cut: the chain ends before its signed
 * head; head: a signed head is not what was signed.
 */
export type AuditFault = "edited" | "removed" | "inserted" | "reordered" | "rewritten" | "cut" | "head";

export interface AuditFinding {
  readonly kind: AuditFault;
  /** First and last record that it concerns. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface AuditVerdict {
  readonly whole: boolean;
  /** Records that were read. */
  readonly records: number;
  /** Sequence number of the last record, and of the newest genuine head. */
  readonly last: number;
  readonly signed: number;
  readonly findings: readonly AuditFinding[];
}

/** A head as it was found: its name, for findings, and its text. */
export interface StoredHead {
  readonly name: string;
  readonly text: string;
}

const MOST_FINDINGS = 100;
const BLOCK_KEYS = new Set(["pk", "sk", "v", "id", "r"]);

interface Invalid {
  readonly from: number;
  readonly to: number;
  readonly hash: string;
}

/** Reads a chain block by block in the order of the store, and says whether it's whole. */
export class ChainVerifier {
  readonly #key: Uint8Array;
  readonly #heads: SignedHead[] = [];
  readonly #findings: AuditFinding[] = [];
  #missing: (readonly [from: number, to: number])[] = [];
  #invalid: Invalid | undefined;
  #last: { readonly seq: number; readonly hash: string; readonly genuine: boolean } = { ...EMPTY_CHAIN, genuine: true };
  #records = 0;
  #nextHead = 0;

  constructor(key: Uint8Array, heads: readonly StoredHead[]) {
    this.#key = key;
    for (const { name, text } of heads) {
      const head = parseHead(text);
      if (head && isSigned(key, head)) this.#heads.push(head);
      else this.#found("head", head?.seq ?? 0, head?.seq ?? 0, `The head ${name} is not what was signed.`);
    }
    this.#heads.sort((a, b) => a.seq - b.seq);
  }

  block(item: Item): void {
    const { id, r: records } = item as { readonly id?: unknown; readonly r?: unknown };
    const [first, last] = Array.isArray(records) ? [records[0], records.at(-1)] : [];
    if (typeof id === "string" && Array.isArray(records) && records.every(isRecord) && first && last) {
      this.#checkItem(item, first, last);
      for (const record of records) this.#record(id, record);
    } else {
      const seq = Number(item.sk) || this.#last.seq + 1;
      this.#found("edited", seq, seq, `The block ${item.sk} does not hold records.`);
    }
  }

  /** After the last block. */
  verdict(): AuditVerdict {
    this.#endInvalid();
    const newest = this.#heads.at(-1);
    if (newest && newest.seq > this.#last.seq) {
      const text = `The chain ends at ${this.#last.seq}, but its head was signed at ${newest.seq} on ${new Date(newest.at).toISOString()}.`;
      this.#found("cut", this.#last.seq + 1, newest.seq, text);
    }
    for (const [from, to] of this.#missing) this.#found("removed", from, to, `${span(from, to)} missing.`);
    const findings = [...this.#findings].sort((a, b) => a.from - b.from);
    return { whole: findings.length === 0, records: this.#records, last: this.#last.seq, signed: newest?.seq ?? 0, findings };
  }

  #checkItem(item: Item, first: AuditRecord, last: AuditRecord): void {
    const strange = Object.keys(item).filter((name) => !BLOCK_KEYS.has(name));
    if (item.v !== 1 || strange.length > 0) {
      const added = strange.length > 0 ? ` with ${strange.join(", ")}` : "";
      this.#found("edited", first.seq, last.seq, `The block ${item.sk} was written again${added}.`);
    }
    if (item.sk !== blockKey(first.seq).sk)
      this.#found("reordered", first.seq, last.seq, `The block of records ${first.seq} to ${last.seq} lies at ${item.sk}.`);
  }

  #record(block: string, record: AuditRecord): void {
    this.#records++;
    const { hash, ...rest } = record;
    const genuine = hash === recordHash(this.#key, block, rest);
    if (record.seq <= this.#last.seq) this.#outOfPlace(record, genuine);
    else this.#inPlace(record, genuine);
  }

  #inPlace(record: AuditRecord, genuine: boolean): void {
    if (record.seq > this.#last.seq + 1) {
      this.#endInvalid();
      this.#missing.push([this.#last.seq + 1, record.seq - 1]);
      this.#last = { ...this.#last, genuine: false };
    }
    if (!genuine) this.#notGenuine(record);
    else {
      this.#endInvalid();
      if (this.#last.genuine && record.prev !== this.#last.hash)
        this.#found(
          "rewritten",
          this.#last.seq,
          this.#last.seq,
          `Record ${record.seq} was written after another record ${this.#last.seq} than is there.`,
        );
    }
    this.#last = { seq: record.seq, hash: record.hash, genuine };
    this.#compareHeads();
  }

  /** A record that comes after one with a higher number, or the same. */
  #outOfPlace({ seq }: AuditRecord, genuine: boolean): void {
    const gap = this.#missing.find(([from, to]) => seq >= from && seq <= to);
    if (genuine && gap) {
      const [from, to] = gap;
      this.#missing = this.#missing.flatMap((other) => {
        if (other !== gap) return [other];
        return [[from, seq - 1] as const, [seq + 1, to] as const].filter(([a, b]) => a <= b);
      });
      this.#found("reordered", seq, seq, `Record ${seq} stands after ${this.#last.seq}.`);
    } else this.#found("inserted", seq, seq, `${genuine ? "A copy of record" : "A forged record"} ${seq} stands after ${this.#last.seq}.`);
  }

  #notGenuine({ seq, prev, hash }: AuditRecord): void {
    const before = this.#invalid;
    if (before && before.to === seq - 1 && before.hash === prev) this.#invalid = { from: before.from, to: seq, hash };
    else {
      this.#endInvalid();
      this.#invalid = { from: seq, to: seq, hash };
    }
  }

  #endInvalid(): void {
    const found = this.#invalid;
    this.#invalid = undefined;
    if (!found) return;
    const { from, to } = found;
    if (from === to) this.#found("edited", from, to, `Record ${from} is not what was written.`);
    else this.#found("rewritten", from, to, `Records ${from} to ${to} were made anew without the key.`);
  }

  #compareHeads(): void {
    for (; (this.#heads[this.#nextHead]?.seq ?? Number.POSITIVE_INFINITY) <= this.#last.seq; this.#nextHead++) {
      const head = this.#heads[this.#nextHead];
      if (head?.seq !== this.#last.seq || head.hash === this.#last.hash || !this.#last.genuine) continue;
      const text = `Record ${head.seq} is another than the one that was signed on ${new Date(head.at).toISOString()}.`;
      this.#found("rewritten", head.seq, head.seq, text);
    }
  }

  #found(kind: AuditFault, from: number, to: number, text: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ kind, from, to, text });
  }
}

const span = (from: number, to: number): string => (from === to ? `Record ${from} is` : `Records ${from} to ${to} are`);

const isRecord = (value: unknown): value is AuditRecord => {
  const { seq, at, prev, hash } = (value ?? {}) as Partial<AuditRecord>;
  return Number.isSafeInteger(seq) && Number.isSafeInteger(at) && typeof prev === "string" && typeof hash === "string";
};
