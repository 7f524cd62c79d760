import { MemoryBlobStore, MemoryTable, SystemRandom, ZstdSegmentCodec } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config/schemas";
import {
  canonicalJson,
  type Item,
  type Json,
  type Key,
  LOCAL,
  type PutOptions,
  QmoiError,
  silentLogger,
  type Table,
  type Written,
} from "@qmoi/core";
import { comparableText, itemKind, NEWEST_SCHEMA } from "@qmoi/master-automation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HastyClock } from "../../../../test/support/hasty-clock.ts";
import { StoredConfiguration } from "../configuration/stored-configuration.ts";
import { StoredBackups } from "./stored-backups.ts";

const BY = { who: LOCAL };
const audit = { append: async () => undefined, later: () => undefined };

interface Place {
  readonly table: MemoryTable;
  readonly blobs: MemoryBlobStore;
  readonly store: MemoryBlobStore;
  readonly secrets: Map<string, string>;
  encryptionKey: string | null;
}

const newPlace = (): Place => ({
  table: new MemoryTable(),
  blobs: new MemoryBlobStore(),
  store: new MemoryBlobStore(),
  secrets: new Map(),
  encryptionKey: null,
});

const open = async (place: Place, table: Table = place.table): Promise<StoredBackups> => {
  const parts = { table, blobs: place.blobs, clock: new HastyClock(), audit, logger: silentLogger };
  const secret = (reference: string): string => {
    const found = place.secrets.get(reference);
    if (found === undefined) throw new QmoiError("QMOI_SECRET_MISSING", "not there");
    return found;
  };
  return new StoredBackups({
    ...parts,
    store: place.store,
    codec: new ZstdSegmentCodec(),
    secrets: { get: async (reference) => secret(reference) },
    random: new SystemRandom(),
    configuration: await StoredConfiguration.open({ ...parts, readFile: () => undefined }),
    version: "0",
    settings: () => ({ ...loadConfig(() => undefined).backup, segmentBytes: 2000, encryptionKey: place.encryptionKey }),
    halt: async () => undefined,
    renew: async () => undefined,
    isOnce: async () => false,
  });
};

/** Fails or never answers from its nth write on. */
class Breaking extends MemoryTable {
  readonly #inner: Table;
  readonly #how: "fails once" | "dies";
  #left: number;

  constructor(inner: Table, how: "fails once" | "dies", left: number) {
    super();
    this.#inner = inner;
    this.#how = how;
    this.#left = left;
  }

  override get = (key: Key) => this.#inner.get(key);
  override query = (query: Parameters<Table["query"]>[0]) => this.#inner.query(query);
  override scan = (request?: Parameters<Table["scan"]>[0]) => this.#inner.scan(request);
  override subscribe = (handler: Parameters<Table["subscribe"]>[0]) => this.#inner.subscribe(handler);
  override put = (item: Item, options?: PutOptions): Promise<Written> => this.#write(() => this.#inner.put(item, options));
  override delete = (key: Key, options?: Parameters<Table["delete"]>[1]): Promise<void> =>
    this.#write(() => this.#inner.delete(key, options));

  /** Whether it broke. */
  get broken(): boolean {
    return this.#left < 0;
  }

  #write<T>(write: () => Promise<T>): Promise<T> {
    this.#left--;
    if (this.#left >= 0) return write();
    if (this.#how === "dies") return new Promise(() => undefined);
    return this.#left === -1 ? Promise.reject(new Error("the disk is gone")) : write();
  }
}

const name = fc.constantFrom("a", "b", "c", "d");
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ run: name, st: fc.constantFrom("running", "succeeded", "failed"), v: fc.nat(9) }).map(({ run, st, v }) => {
    const ended = st === "running" ? {} : { ea: 9 };
    return { pk: `R#${run}`, sk: "H", v: v + 1, wf: "w", ver: "x", st, pr: 5, ca: 1, sa: 1, n: 3, small: true, b: "AA", ...ended };
  }),
  fc
    .record({ run: name, task: fc.nat(2), s: fc.constantFrom("running", "succeeded", "void"), fo: fc.nat(9), bg: fc.boolean() })
    .map(({ run, task, s, fo, bg }) => {
      const ended = s === "running" ? {} : { ea: 8, ttl: 99, es: 4 };
      return {
        pk: `R#${run}#0`,
        sk: `000000${task}#0001`,
        v: 2,
        s,
        w: "w1",
        tk: "t",
        le: 1,
        ra: 1,
        ga: 1,
        sa: 2,
        fo,
        ss: 3,
        ...ended,
        ...(bg ? { bg } : {}),
      };
    }),
  fc.record({
    pk: fc.constantFrom("STAT#2026-01-01", "W", "W#w", "DL#2026-01-01"),
    sk: name,
    v: fc.integer({ min: 1, max: 99 }),
    d: fc.string(),
  }),
  fc.record({ pk: fc.constantFrom("S#w/default", "B", "KEY"), sk: name, v: fc.integer({ min: 1, max: 99 }), d: fc.string() }),
);
const history = fc.array(item, { maxLength: 30 });

/** As every store does, it tells its schema. */
const SCHEMA: Item = { pk: "SYS", sk: "SCHEMA", v: 1, version: NEWEST_SCHEMA };
const fill = async (place: Place, items: readonly Item[]): Promise<void> => {
  for (const one of [SCHEMA, ...items]) await place.table.put(one);
};

/** What a restore makes equal, as texts; `ofRuns` leaves out attempts that belong to no run. */
const state = async ({ table }: Place): Promise<readonly string[]> => {
  const { items } = await table.scan();
  const replaced = items.filter((one) => itemKind(one).policy === "replace" && one.fw === undefined);
  const folds = new Map(replaced.filter(({ sk }) => sk === "H").map(({ pk, v }) => [pk, v]));
  const known = replaced.filter(({ pk, fo, v }) => {
    const [, run, group] = pk.split("#");
    if (!pk.startsWith("R#") || group === undefined) return true;
    const fold = folds.get(`R#${run}`);
    return fold !== undefined && (v >= 2 ** 32 || Number(fo) <= fold);
  });
  return known.map(comparableText).sort();
};

describe("a restore", () => {
  it("gives back what was backed up, whatever came since", async () => {
    await fc.assert(
      fc.asyncProperty(history, history, async (before, after) => {
        const place = newPlace();
        await fill(place, before);
        const backups = await open(place);
        const { id } = await backups.create(BY);
        const expected = await state(place);
        for (const { pk, sk } of (await place.table.scan()).items.slice(0, 5)) await place.table.delete({ pk, sk });
        await fill(place, after);
        const forward = (await place.table.scan()).items.filter((one) => itemKind(one).policy === "forward");
        expect((await backups.restore(id, BY)).equal).toBe(true);
        expect(await state(place)).toEqual(expected);
        // What only goes forward is as it was, and every item that was replaced is of a new generation.
        for (const one of forward) expect((await place.table.get(one))?.d).toEqual(one.d);
        for (const one of (await place.table.scan()).items) if (itemKind(one).policy === "replace") expect(one.v).toBeGreaterThan(2 ** 32);
      }),
      { numRuns: 60 },
    );
  });

  it("that fails at any write gives back the state before", async () => {
    await fc.assert(
      fc.asyncProperty(history, history, fc.nat(60), async (before, after, at) => {
        const place = newPlace();
        await fill(place, before);
        const { id } = await (await open(place)).create(BY);
        const backedUp = await state(place);
        await fill(place, after);
        const expected = await state(place);
        const breaking = new Breaking(place.table, "fails once", at);
        const outcome = await (await open(place, breaking)).restore(id, BY).then(
          () => "done",
          (error: Error) => error.message,
        );
        fc.pre(breaking.broken && outcome !== "done");
        // Where all was written but for its record, the next start finishes it.
        const recovered = await (await open(place)).recover();
        const finished = recovered === "finished" || (await place.table.get({ pk: "RESTORE", sk: "RESTORE" }))?.step === "done";
        expect(await (await open(place)).unfinished()).toBeUndefined();
        expect((await place.table.get({ pk: "CTL", sk: "CTL" }))?.mode ?? "running").toBe("running");
        const now = await state(place);
        // Attempts that the backup of the state before leaves out were of no run.
        expect(now.filter((text) => !(finished ? backedUp : expected).includes(text))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("whose process dies at any write is finished or given up by the next start", async () => {
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(history, history, fc.nat(80), async (before, after, at) => {
        const place = newPlace();
        await fill(place, before);
        const { id } = await (await open(place)).create(BY);
        const backedUp = await state(place);
        await fill(place, after);
        const breaking = new Breaking(place.table, "dies", at);
        const cut = (await open(place, breaking)).restore(id, BY);
        while (
          !breaking.broken &&
          (await Promise.race([cut.then(() => "done"), new Promise((resolve) => setTimeout(resolve, 1))])) !== "done"
        );
        const next = await open(place);
        const outcome = await next.recover();
        seen.add(outcome);
        expect(await next.unfinished()).toBeUndefined();
        expect((await place.table.get({ pk: "CTL", sk: "CTL" }))?.mode ?? "running").toBe("running");
        if (outcome === "finished") expect(await state(place)).toEqual(backedUp);
      }),
      { numRuns: 40 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(["finished", "given up"]));
  });

  it("begins in an empty place, with the blobs", async () => {
    const place = newPlace();
    await fill(place, [{ pk: "W", sk: "w", v: 3, ver: "x" }]);
    await place.blobs.put("definitions/x.json", Buffer.from("{}"));
    const { id } = await (await open(place)).create(BY);
    const other = { ...newPlace(), store: place.store };
    await (await open(other)).restore(id, BY);
    expect(await state(other)).toEqual(await state(place));
    expect(Buffer.from((await other.blobs.get("definitions/x.json")) ?? []).toString()).toBe("{}");
  });
});

describe("a backup that is not as it was written", () => {
  const code = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => "done",
      (error) => error.code,
    );
  const alter = async ({ store }: Place, prefix: string, change: (bytes: Buffer) => Uint8Array | undefined): Promise<void> => {
    const [first] = await store.list(prefix);
    const bytes = change(Buffer.from((await store.get(first!.key))!));
    if (bytes) await store.put(first!.key, bytes);
    else await store.delete(first!.key);
  };
  const flip = (bytes: Buffer): Buffer => {
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
    return bytes;
  };
  const changed =
    (change: (manifest: Record<string, Json>) => object) =>
    (bytes: Buffer): Uint8Array =>
      Buffer.from(canonicalJson({ ...JSON.parse(bytes.toString()), ...change(JSON.parse(bytes.toString())) }));

  it.each<[string, string, (bytes: Buffer) => Uint8Array | undefined, string, boolean]>([
    ["a changed segment", "segments/", flip, "QMOI_BACKUP_DAMAGED", false],
    ["a cut segment", "segments/", (bytes) => bytes.subarray(0, 20), "QMOI_BACKUP_DAMAGED", false],
    ["a missing segment", "segments/", () => undefined, "QMOI_BACKUP_DAMAGED", false],
    ["a changed manifest", "manifests/", changed(() => ({ maxSeq: 7 })), "QMOI_BACKUP_DAMAGED", false],
    ["a cut manifest", "manifests/", (bytes) => bytes.subarray(0, 99), "QMOI_BACKUP_DAMAGED", false],
    ["a manifest of a newer format", "manifests/", changed(() => ({ format: 2 })), "QMOI_BACKUP_NEWER", false],
    ["a changed manifest of an encrypted backup", "manifests/", changed(() => ({ maxSeq: 7 })), "QMOI_BACKUP_KEY", true],
  ])("is refused: %s", async (_, prefix, change, expected, encrypted) => {
    const place = newPlace();
    place.secrets.set("env:K", "secret");
    if (encrypted) place.encryptionKey = "env:K";
    await fill(place, [{ pk: "W", sk: "w", v: 3, ver: "secret text" }]);
    const backups = await open(place);
    const { id } = await backups.create(BY);
    await alter(place, prefix, change);
    expect(await code(backups.verify(id))).toBe(expected);
    expect(await code(backups.restore(id, BY))).toBe(expected);
    expect((await place.table.get({ pk: "W", sk: "w" }))?.v).toBe(3);
  });

  it("or is encrypted with another key, is refused, and shows nothing without it", async () => {
    const place = newPlace();
    place.secrets.set("env:K", "secret");
    place.encryptionKey = "env:K";
    await fill(place, [{ pk: "W", sk: "w", v: 3, ver: "secret text" }]);
    const backups = await open(place);
    const { id, encrypted } = await backups.create(BY);
    expect(encrypted).toBe(true);
    place.secrets.set("env:K", "other");
    expect(await code(backups.verify(id))).toBe("QMOI_BACKUP_KEY");
    place.secrets.delete("env:K");
    expect(await code(backups.restore(id, BY))).toBe("QMOI_BACKUP_KEY");
    place.secrets.set("env:K", "secret");
    expect((await backups.restore(id, BY)).equal).toBe(true);
  });
});
