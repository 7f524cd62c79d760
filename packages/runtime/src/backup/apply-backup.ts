import { packBits } from "@qmoi/advanced-automation";
import { hasCode, type Item, QmoiError } from "@qmoi/core";
import {
  comparableText,
  generationOf,
  inGeneration,
  itemKind,
  MIGRATIONS,
  MultisetHash,
  pausedRun,
  restoredItem,
  sinceBegun,
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
  /** Rejects unless the restore is still under way: another process may have ended it. */
  readonly check: () => Promise<void>;
}

export type Applied = Pick<RestoreReport, "counts" | "voided" | "held" | "paused" | "forward" | "forwardCount">;

type Compared = Pick<Applied, "paused" | "forward" | "forwardCount">;

const AT_ONCE = 256;
const MOST_LISTED = 1000;
/** Bit of a task that was cancelled. */
const CANCELLED = 11;

/**
 * Makes what is stored as the backup has it, and proves it. Everything written gets a new generation of versions; what has an older one
 * afterwards was not in the backup and goes. Done again from its beginning after a crash, or by two at a time, it comes to the same: nothing
 * is written over what is as new. Engines must be halted, those of other processes by the control item.
 * Errors: QMOI_RESTORE_FAILED where the comparison finds a difference, QMOI_BACKUP_DAMAGED, the stores'.
 */
export const applyBackup = async (parts: BackupParts, backup: OpenBackup, options: ApplyOptions): Promise<Applied> => {
  const { table } = parts;
  await table.raiseSeq?.(backup.manifest.maxSeq);
  await writeBlobs(parts, backup);
  const written = await writeItems(parts, backup, options);
  const sweeper = new Sweeper(parts, options);
  await sweep(parts, sweeper, options);
  const compared = await compare(parts, backup, sweeper, options);
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
  { generation, forward, progress }: ApplyOptions,
): Promise<Omit<Applied, keyof Compared>> => {
  const { table } = parts;
  const { manifest } = backup;
  const counts: Record<string, number> = {};
  let [voided, held, done] = [0, 0, 0];
  const write = async (item: Item): Promise<void> => {
    const { kind, policy } = itemKind(item);
    if (policy === "forward") return kind === "audit" ? undefined : addAbsent(parts, item, generation);
    const ran = wasRunning(item);
    const restored = restoredItem(item, generation, manifest.at);
    const stored = forward && (ran || isRunning(item)) ? await table.get(item) : undefined;
    const next = ran ? sinceBegun(restored, stored) : stillUnsure(restored, stored);
    const when = { site: "restore.write", below: next.v };
    await unlessNewer(table.put(next, ran ? { when, stamp: "es" } : { when }));
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (ran && next.s === "void") voided++;
    if (ran && next.un === true) held++;
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

const isRunning = (item: Item): boolean => isHeaderKey(item) && item.st === "running";

/** An earlier restore took away what told that a person must decide, and nobody has: the run waits on. */
const stillUnsure = (next: Item, stored: Item | undefined): Item =>
  stored?.pst === undefined || !isRunning(next) ? next : pausedRun(next, UNSURE);

/** What was recorded since stands. */
const addAbsent = ({ table }: BackupParts, item: Item, generation: number): Promise<void> =>
  unlessNewer(table.put({ ...item, v: inGeneration(item.v, generation) }, { when: { site: "restore.forward", absent: true } }));

/** A write that was refused has nothing to add: what is there is as new. */
const unlessNewer = async (write: Promise<unknown>): Promise<void> => {
  await write.catch((error) => {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
  });
};

/** Removes what was not in the backup, and gives slots back. */
const sweep = async (parts: BackupParts, sweeper: Sweeper, options: ApplyOptions): Promise<void> => {
  let done = 0;
  let found: Item[] = [];
  const clear = async (): Promise<void> => {
    if (found.length === 0) return;
    // What was read before this is from before the restore's end: nothing that was written since is taken for old.
    await options.check();
    await Promise.all(found.map((item) => sweeper.see(item)));
    done += found.length;
    found = [];
    options.progress({ phase: "clear", done });
  };
  for await (const item of scan(parts.table)) {
    if (generationOf(item) < options.generation) found.push(item);
    if (found.length === AT_ONCE) await clear();
  }
  await clear();
};

class Sweeper {
  readonly #parts: BackupParts;
  readonly #options: ApplyOptions;
  readonly #headers = new Map<string, Promise<HeaderItem | undefined>>();

  constructor(parts: BackupParts, options: ApplyOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Looks again where something that was under way came in between. */
  async see(found: Item): Promise<void> {
    for (let item: Item | undefined = found; item; ) {
      try {
        return await this.#clear(item);
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
      item = await this.#parts.table.get(item);
      await this.#options.check();
    }
  }

  async #clear(item: Item): Promise<void> {
    const { generation } = this.#options;
    const { kind, policy } = itemKind(item);
    if (generationOf(item) >= generation) return;
    const when = { site: "restore.clear", v: item.v };
    const { table } = this.#parts;
    if (kind === "grants" || kind === "schedules")
      await table.put({ ...item, v: inGeneration(item.v + 1, generation), ...(kind === "grants" ? { g: "" } : {}) }, { when });
    else if (policy === "replace") {
      const stays = await this.#whatStays(item, kind);
      await (stays ? table.put(stays, { when }) : table.delete({ pk: item.pk, sk: item.sk }, { when }));
    }
  }

  async #whatStays(item: Item, kind: string): Promise<Item | undefined> {
    const { generation, forward } = this.#options;
    if (!forward) return undefined;
    if (kind === "runs" && whyForward(item as HeaderItem)) return remains(item as HeaderItem, generation, this.#parts.clock.now());
    if (kind !== "attempts") return undefined;
    if (await this.#isOnce(item)) return { ...restoredItem(item, generation, Number(item.sa)), fw: generation };
    await this.#pauseUnsure(item);
    return undefined;
  }

  /** An effect that may happen only once has begun, of an instance of a forEach that the backup had not expanded: only a person knows. */
  async #pauseUnsure(item: Item): Promise<void> {
    const at = item.bg === true ? attemptOf(item) : undefined;
    const header = at && ((await this.#parts.table.get(keys.header(at.run))) as HeaderItem | undefined);
    if (!at || !header || generationOf(header) !== this.#options.generation || at.task < header.n || header.st !== "running") return;
    const when = { site: "restore.pause", v: header.v };
    await this.#parts.table.put(pausedRun(header, UNSURE), { when });
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

const UNSURE = "An effect that may happen only once has happened since the backup. Cancel the run, or resume it to let it happen again.";

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
  sweeper: Sweeper,
  { generation, progress, check }: ApplyOptions,
): Promise<Compared> => {
  const { manifest } = backup;
  const found = new MultisetHash();
  const forward: RestoreReport["forward"][number][] = [];
  let [forwardCount, paused] = [0, 0];
  for await (const item of scan(parts.table)) {
    if (itemKind(item).policy !== "replace") continue;
    if (generationOf(item) < generation) {
      // It was under way when the restore began, and came after the sweep had passed.
      await check();
      await sweeper.see(item);
      continue;
    }
    if (item.fw === generation) {
      const why = isHeaderKey(item) ? whyForward(item as HeaderItem) : undefined;
      if (!why) continue;
      forwardCount++;
      if (forward.length < MOST_LISTED) forward.push({ run: runOf(item.pk), workflow: String(item.wf), why });
      continue;
    }
    if (item.pst !== undefined) paused++;
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
  return { paused, forward, forwardCount };
};
