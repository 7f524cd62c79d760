import type { BlobStore } from "@qmoi/core";
import { type ChainEnd, isSigned, parseHead, type SignedHead, type StoredHead, signHead } from "@qmoi/master-automation";

const PREFIX = "audit/heads/";

/** Signed heads outside of the table: the newest of each day, so that a chain that was made anew meets older ones too. */
export class AuditHeads {
  readonly #blobs: BlobStore;
  readonly #key: Uint8Array;

  constructor(blobs: BlobStore, key: Uint8Array) {
    this.#blobs = blobs;
    this.#key = key;
  }

  async all(): Promise<readonly StoredHead[]> {
    const heads: StoredHead[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#blobs.list(PREFIX, { limit: 1000, ...(after === undefined ? {} : { after }) });
      for (const { key } of page) heads.push({ name: key.slice(PREFIX.length), text: await this.#text(key) });
      if (page.length < 1000) return heads;
      after = page.at(-1)?.key;
    }
  }

  /** The newest genuine head; undefined where there is none. */
  async newest(): Promise<SignedHead | undefined> {
    const heads = (await this.all()).map(({ text }) => parseHead(text)).filter((head) => head !== undefined && isSigned(this.#key, head));
    return heads.reduce((a, b) => (a === undefined || (b?.seq ?? 0) > a.seq ? b : a), undefined);
  }

  /**
   * Signs the end as it is at `at` (ms), unless a later one was signed already. A head that is not genuine stays, to be found. False where the
   * chain doesn't hold the head that this would replace: it's the evidence of that.
   */
  async sign(end: ChainEnd, at: number, holds: (head: ChainEnd) => Promise<boolean>): Promise<boolean> {
    const day = new Date(at).toISOString().slice(0, 10);
    for (let n = 1; ; n++) {
      const key = `${PREFIX}${day}${n === 1 ? "" : `.${n}`}.json`;
      const text = await this.#text(key);
      const known = parseHead(text);
      const isGenuine = known !== undefined && isSigned(this.#key, known);
      if (text !== "" && !isGenuine) continue;
      if (isGenuine && known.seq >= end.seq) return true;
      if (isGenuine && !(await holds(known))) return false;
      await this.#blobs.put(key, Buffer.from(`${JSON.stringify(signHead(this.#key, end, at))}\n`));
      return true;
    }
  }

  async #text(key: string): Promise<string> {
    return Buffer.from((await this.#blobs.get(key)) ?? []).toString();
  }
}
