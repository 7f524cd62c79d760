import { packBits } from "@qmoi/advanced-automation";
import { hasCode, type Item, type Key, QmoiError } from "@qmoi/core";
import {
  comparableText,
  generationOf,
  inGeneration,
  itemKind,
  MIGRATIONS,
  MultisetHash,
  restoredItem,
  wasRunning,
} from "@qmoi/master-automation";
import { migrate } from "../commands/migrate.ts";
import { attemptOf, type HeaderItem, isHeaderKey, keys, runOf, SCHEMA_VERSION } from "../items.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { Progress, RestoreReport } from "./backups.ts";
import { backupBlobs, backupItems, type OpenBackup } from "./segment-reader.ts";
import { scan } from "./snapshot.ts";

export interface ApplyOptions {
  readonly generation: number;
  /** Whether runs that firings or idempotency keys stand for, and effects that may happen only once, stay known. */
  readonly forward: boolean;
  readonly progress: Progress;
}

export type Applied = Pick<RestoreReport, "counts" | "voided" | "held" | "forward" | "forwardCount">;

const AT_ONCE = 256;
const MOST_LISTED = 1000;
/** Bit of a task that was cancelled. */
const CANCELLED = 11;

/**
 * Makes what is stored as the backup has it, and proves it. Everything written gets a new generation of versions; what has an older one
 * afterwards was not in the backup and goes. Done again from its beginning after a crash, it comes to the same. The engine must be halted.
 * Errors: QMOI_RESTORE_FAILED where the comparison finds a difference, QMOI_BACKUP_DAMAGED, the stores'.
 */
export const applyBackup = async (parts: BackupParts, backup: OpenBackup, options: ApplyOptions): Promise<Applied> => {
  const { table } = parts;
  await table.raiseSeq?.(backup.manifest.maxSeq);
  await writeBlobs(parts, backup);
  const written = await writeItems(parts, backup, options);
  await sweep(parts, options);
  const compared = await compare(parts, backup, options);
  // What an older version has backed up is first proved to be as it was, and then brought along.
  if (backup.manifest.schema < SCHEMA_VERSION) {
    options.progress({ phase: "migrate", done: 0 });
    await migrate(parts, MIGRATIONS, SCHEMA_VERSION);
  }
  return { ...written, ...compared };
};

const writeBlobs = async ({ store, codec, blobs }: BackupParts, backup: OpenBackup): Promise<void> => {
  for await (const { key, bytes } of backupBlobs({ store, codec }, backup)) {
    const stored = await blobs.get(key);
    if (!stored || Buffer.compare(stored, bytes) !== 0) await blobs.put(key, bytes);
  }
};

const writeItems = async (
  parts: BackupParts,
  backup: OpenBackup,
  { generation, progress }: ApplyOptions,
): Promise<Omit<Applied, "forward" | "forwardCount">> => {
  const { table } = parts;
  const { manifest } = backup;
  const counts: Record<string, number> = {};
  let [voided, held, done] = [0, 0, 0];
  const write = async (item: Item): Promise<void> => {
    const { kind, policy } = itemKind(item);
    if (policy === "forward") return kind === "audit" ? undefined : addAbsent(parts, item, generation);
    const next = restoredItem(item, generation, manifest.at);
    await table.put(next, wasRunning(item) ? { stamp: "es" } : {});
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (wasRunning(item)) voided++;
    if (wasRunning(item) && next.un === true) held++;
  };
  for await (const items of backupItems(parts, backup)) {
    for (let from = 0; from < items.length; from += AT_ONCE) {
      await Promise.all(items.slice(from, from + AT_ONCE).map(write));
      done += Math.min(AT_ONCE, items.length - from);
      progress({
        phase: "write",
        done,
        total: manifest.segments.reduce((all, { holds, lines }) => all + (holds === "items" ? lines : 0), 0),
      });
    }
  }
  return { counts, voided, held };
};

/** What was recorded since stands. */
const addAbsent = async ({ table }: BackupParts, item: Item, generation: number): Promise<void> => {
  try {
    await table.put({ ...item, v: inGeneration(item.v, generation) }, { when: { site: "restore.forward", absent: true } });
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
  }
};

/** Removes what was not in the backup, and gives slots back. */
const sweep = async (parts: BackupParts, options: ApplyOptions): Promise<void> => {
  const sweeper = new Sweeper(parts, options);
  let done = 0;
  let waiting: Promise<void>[] = [];
  for await (const item of scan(parts.table)) {
    waiting.push(sweeper.see(item));
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
    done += AT_ONCE;
    options.progress({ phase: "clear", done });
  }
  await Promise.all(waiting);
};

class Sweeper {
  readonly #parts: BackupParts;
  readonly #options: ApplyOptions;
  readonly #headers = new Map<string, Promise<HeaderItem | undefined>>();

  constructor(parts: BackupParts, options: ApplyOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  async see(item: Item): Promise<void> {
    const { table } = this.#parts;
    const { generation, forward } = this.#options;
    const { kind, policy } = itemKind(item);
    if (generationOf(item) === generation) return;
    if (kind === "grants" || kind === "schedules") {
      await table.put({ ...item, v: inGeneration(item.v + 1, generation), ...(kind === "grants" ? { g: "" } : {}) });
      return;
    }
    if (policy !== "replace") return;
    if (forward && kind === "runs" && whyForward(item as HeaderItem))
      await table.put(remains(item as HeaderItem, generation, this.#parts.clock.now()));
    else if (forward && kind === "attempts" && (await this.#isOnce(item)))
      await table.put({ ...restoredItem(item, generation, Number(item.sa)), fw: generation });
    else await this.#delete(item);
  }

  async #delete({ pk, sk }: Key): Promise<void> {
    await this.#parts.table.delete({ pk, sk });
  }

  /** Whether an attempt is of a run in the backup, and of a task whose effect may happen only once: then what became of it stays known. */
  async #isOnce(item: Item): Promise<boolean> {
    const at = attemptOf(item);
    const header = at && (await this.#header(at.run));
    if (!at || !header || generationOf(header) !== this.#options.generation || header.fw !== undefined) return false;
    return this.#parts.isOnce(header.ver, header.exp, at.task);
  }

  #header(run: string): Promise<HeaderItem | undefined> {
    let header = this.#headers.get(run);
    if (!header) {
      if (this.#headers.size > 1000) this.#headers.clear();
      header = this.#parts.table.get(keys.header(run)) as Promise<HeaderItem | undefined>;
      this.#headers.set(run, header);
    }
    return header;
  }
}

const whyForward = ({ pk, sch }: HeaderItem): "firing" | "idempotency key" | undefined =>
  sch === undefined ? (runOf(pk).startsWith("k") ? "idempotency key" : undefined) : "firing";

/** What stays of a run that the backup doesn't hold: so that neither its firing nor its key starts it again. */
const remains = (header: HeaderItem, generation: number, now: number): Item => {
  const { b: _b, x: _x, exp: _exp, i2p: _p, i2s: _s, in: _in, inb: _inb, nf: _nf, ...rest } = header;
  const bits = new Uint8Array(header.n).fill(CANCELLED);
  return {
    ...rest,
    v: inGeneration(header.v + 1, generation),
    st: "cancelled",
    ea: header.ea ?? now,
    small: true,
    b: packBits(bits, 0, header.n),
    why: "a restore took it back",
    fw: generation,
  } as Item;
};

const compare = async (
  parts: BackupParts,
  backup: OpenBackup,
  { generation, progress }: ApplyOptions,
): Promise<Pick<Applied, "forward" | "forwardCount">> => {
  const { manifest } = backup;
  const found = new MultisetHash();
  const forward: RestoreReport["forward"][number][] = [];
  let forwardCount = 0;
  for await (const item of scan(parts.table)) {
    if (itemKind(item).policy !== "replace") continue;
    if (item.fw === generation) {
      const why = isHeaderKey(item) ? whyForward(item as HeaderItem) : undefined;
      if (!why) continue;
      forwardCount++;
      if (forward.length < MOST_LISTED) forward.push({ run: runOf(item.pk), workflow: String(item.wf), why });
      continue;
    }
    found.add(comparableText(item));
    if (found.count % 1000 === 0) progress({ phase: "compare", done: found.count, total: manifest.replaced });
  }
  if (found.count !== manifest.replaced || found.digest !== manifest.digest)
    throw new QmoiError(
      "QMOI_RESTORE_FAILED",
      `What is stored differs from the backup ${manifest.id}: ${found.count} items instead of ${manifest.replaced}, or other content.`,
    );
  for await (const { key, bytes } of backupBlobs(parts, backup)) {
    const stored = await parts.blobs.get(key);
    if (!stored || Buffer.compare(stored, bytes) !== 0)
      throw new QmoiError("QMOI_RESTORE_FAILED", `The blob ${key} differs from the backup ${manifest.id}.`, { path: key });
  }
  return { forward, forwardCount };
};
