import { FaultyTable, MemoryBlobStore, MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { type AuditEvent, type Clock, type Item, silentLogger, type Table } from "@qmoi/core";
import { type AuditBlock, type AuditVerdict, appendBlock, EMPTY_CHAIN, signHead } from "@qmoi/master-automation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditLog, AuditReader } from "./index.ts";

const KEY = Buffer.alloc(32, 7);
const event = (n: number): AuditEvent => ({ action: "run.cancel", subject: `run-${n}`, who: "key-1", outcome: "done", after: { n } });

/** A clock whose timers fire when the test says so. */
class Timers implements Clock {
  time = Date.UTC(2026, 0, 31, 9);
  readonly due: { readonly at: number; readonly fn: () => void }[] = [];
  now = (): number => this.time;
  monotonic = (): number => this.time;
  after = (ms: number, fn: () => void): (() => void) => {
    const timer = { at: this.time + ms, fn };
    this.due.push(timer);
    return () => void (this.due.includes(timer) && this.due.splice(this.due.indexOf(timer), 1));
  };
  async pass(ms: number): Promise<void> {
    this.time += ms;
    for (const timer of this.due.filter(({ at }) => at <= this.time)) {
      this.due.splice(this.due.indexOf(timer), 1);
      timer.fn();
    }
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }
}

const world = (table: Table = new MemoryTable()) => {
  const ports = {
    table,
    blobs: new MemoryBlobStore(),
    clock: new SystemClock() as Clock,
    random: new SystemRandom(),
    logger: silentLogger,
  };
  return ports;
};

/** Twelve records in blocks of one to three, with a head signed at 8 and at 12. */
const written = async () => {
  const ports = world();
  const log = new AuditLog(ports, KEY);
  for (const [first, last] of [
    [1, 1],
    [2, 4],
    [5, 7],
    [8, 8],
  ] as const)
    await Promise.all(Array.from({ length: last - first + 1 }, (_, n) => log.append(event(first + n))));
  await log.sign();
  for (const n of [9, 10, 11, 12]) await log.append(event(n));
  await log.close();
  const blocks = (await ports.table.query({ pk: "AUDIT" })).items;
  const put = (item: unknown) => ports.table.put(item as Item);
  const verify = (): Promise<AuditVerdict> => new AuditReader(ports.table, new AuditLog(ports, KEY), KEY).verify();
  const at = (seq: number): Item => blocks.find((block) => (block as unknown as AuditBlock).r.some((record) => record.seq === seq)) as Item;
  const records = (seq: number) => (at(seq) as unknown as AuditBlock).r;
  return { ports, blocks, put, verify, at, records };
};
type Written = Awaited<ReturnType<typeof written>>;

describe("a whole audit", () => {
  it("is said to be whole, in one line whatever came at once", async () => {
    const { verify, blocks } = await written();
    expect(await verify()).toEqual({ whole: true, records: 12, last: 12, signed: 12, findings: [] });
    expect(blocks.length).toBeLessThan(12);
  });

  it("goes on after a restart, where it ended", async () => {
    const { ports, verify } = await written();
    const log = new AuditLog(ports, KEY);
    await log.append(event(13));
    await log.close();
    expect(await verify()).toMatchObject({ whole: true, records: 13, signed: 13 });
  });
});

describe("an audit that signs nothing", () => {
  const appending = ({ ports }: Written): AuditLog => {
    const { blobs: _, ...others } = ports;
    return new AuditLog(others, KEY);
  };

  it("stores what it is told, and leaves it to another to sign that", async () => {
    const all = await written();
    const signing = new AuditLog(all.ports, KEY);
    await signing.signStored();
    const log = appending(all);
    log.later(event(13));
    await log.settled();
    expect((await all.ports.table.query({ pk: "AUDIT", reverse: true, limit: 1 })).items[0]).toMatchObject({ r: [{ seq: 13 }] });
    await log.close();
    expect((await signing.heads.newest())?.seq).toBe(12);
    await signing.signStored();
    expect((await signing.heads.newest())?.seq).toBe(13);
    expect(await all.verify()).toMatchObject({ whole: true, records: 13, signed: 13 });
    expect(() => log.heads).toThrow("signs nothing");
  });

  it("hides no end that was cut off: neither by what it appends there, nor by what is signed then", async () => {
    const all = await written();
    for (const { pk, sk, ...rest } of all.blocks)
      if ((rest as unknown as AuditBlock).r.some(({ seq }) => seq > 8)) await all.ports.table.delete({ pk, sk });
    const signing = new AuditLog(all.ports, KEY);
    await signing.signStored();
    expect((await all.verify()).findings.map(({ kind }) => kind)).toEqual(["cut"]);
    const log = appending(all);
    for (let n = 9; n < 15; n++) await log.append(event(n + 100));
    await log.close();
    await signing.signStored();
    expect((await all.verify()).findings.map(({ kind }) => kind)).toContain("rewritten");
  });
});

describe("tampering is found and named", () => {
  const remade = (key: Uint8Array, events: readonly AuditEvent[]): Item =>
    appendBlock(key, EMPTY_CHAIN, { id: "x", at: 1, events }).block as unknown as Item;

  it.each<[string, string, number, (audit: Written) => unknown]>([
    [
      "who did it is edited",
      "edited",
      6,
      ({ put, at, records }) => put({ ...at(6), r: records(6).map((r) => (r.seq === 6 ? { ...r, who: "nobody" } : r)) }),
    ],
    [
      "what was before is edited",
      "edited",
      9,
      ({ put, at, records }) => put({ ...at(9), r: records(9).map((r) => ({ ...r, after: { n: 0 } })) }),
    ],
    ["the time is edited", "edited", 1, ({ put, at, records }) => put({ ...at(1), r: records(1).map((r) => ({ ...r, at: r.at + 1 })) })],
    ["a block gets a time to live", "edited", 9, ({ put, at }) => put({ ...at(9), ttl: 1 })],
    ["a block is removed", "removed", 9, ({ ports, at }) => ports.table.delete(at(9))],
    ["the beginning is removed", "removed", 1, ({ ports, at }) => ports.table.delete(at(1))],
    [
      "a record is removed from its block",
      "removed",
      6,
      ({ put, at, records }) => put({ ...at(6), r: records(6).filter((r) => r.seq !== 6) }),
    ],
    [
      "a record is inserted",
      "inserted",
      9,
      ({ put, at, records }) => put({ ...at(9), r: [...records(9), { ...records(9)[0], who: "forger" }] }),
    ],
    [
      "a genuine record is copied to another place",
      "inserted",
      6,
      ({ put, at, records }) => put({ ...at(10), r: [records(6)[1], ...records(10)] }),
    ],
    [
      "two records change places",
      "reordered",
      5,
      ({ put, at, records }) => put({ ...at(5), r: [records(5)[1], records(5)[0], records(5)[2]] }),
    ],
    [
      "two blocks change places",
      "reordered",
      9,
      async ({ put, at }) => {
        const [one, other] = [at(9), at(10)];
        await put({ ...other, sk: one.sk });
        await put({ ...one, sk: other.sk });
      },
    ],
    [
      "all is rewritten without the key",
      "rewritten",
      1,
      async ({ ports, put, blocks }) => {
        for (const block of blocks) await ports.table.delete(block);
        await put(
          remade(
            Buffer.alloc(32, 8),
            Array.from({ length: 12 }, (_, n) => event(n + 1)),
          ),
        );
      },
    ],
    [
      "all is rewritten with the key",
      "rewritten",
      12,
      async ({ ports, put, blocks }) => {
        for (const block of blocks) await ports.table.delete(block);
        await put(
          remade(
            KEY,
            Array.from({ length: 12 }, (_, n) => event(n + 2)),
          ),
        );
      },
    ],
    ["the tail is cut", "cut", 11, async ({ ports, at }) => Promise.all([11, 12].map((seq) => ports.table.delete(at(seq))))],
    ["everything is gone", "cut", 1, async ({ ports, blocks }) => Promise.all(blocks.map((block) => ports.table.delete(block)))],
    [
      "the tail is cut, and the audit goes on",
      "removed",
      12,
      async ({ ports, at }) => {
        await ports.table.delete(at(12));
        const log = new AuditLog(ports, KEY);
        await log.append(event(13));
        await log.close();
      },
    ],
    [
      "a head is forged",
      "head",
      99,
      ({ ports }) =>
        ports.blobs.put("audit/heads/2027-01-01.json", Buffer.from(JSON.stringify(signHead(Buffer.alloc(32), { seq: 99, hash: "" }, 1)))),
    ],
  ])("%s", async (_, kind, seq, tamper) => {
    const audit = await written();
    await tamper(audit);
    const { whole, findings } = await audit.verify();
    expect(whole).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ kind, from: seq }));
  });

  it("today's head is forged to hide that the tail was cut: what is signed anew does not cover it up", async () => {
    const { ports, at, verify } = await written();
    const [head] = await ports.blobs.list("audit/heads/");
    await ports.blobs.put(head?.key as string, Buffer.from(JSON.stringify(signHead(Buffer.alloc(32), { seq: 10, hash: "" }, 1))));
    for (const seq of [11, 12]) await ports.table.delete(at(seq));
    const log = new AuditLog(ports, KEY);
    await log.append(event(13));
    await log.close();
    for (let time = 0; time < 2; time++)
      expect((await verify()).findings).toContainEqual(expect.objectContaining({ kind: "head", from: 10 }));
    expect(await ports.blobs.list("audit/heads/")).toHaveLength(2);
  });

  it("whatever single character of a stored record changes", async () => {
    const { put, verify, blocks } = await written();
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (which, where) => {
        const block = blocks[which % blocks.length] as Item;
        const text = JSON.stringify(block.r);
        const at = where % text.length;
        const changed = `${text.slice(0, at)}${text[at] === "1" ? "2" : "1"}${text.slice(at + 1)}`;
        let r: unknown;
        try {
          r = JSON.parse(changed);
        } catch {
          return;
        }
        await put({ ...block, r });
        const { whole } = await verify();
        await put(block);
        expect(whole).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

describe("appending", () => {
  it("survives a store that throttles, is away, or loses its answer, without gap or copy", async () => {
    const inner = new MemoryTable();
    let call = 0;
    const faults = ["throttle", "unavailable-before", "unavailable-after"] as const;
    const table = new FaultyTable(inner, ({ op }) =>
      op === "put" && ++call % 4 !== 0 ? faults[call % 4 === 3 ? 2 : (call % 4) - 1] : undefined,
    );
    const ports = { ...world(inner), table };
    const log = new AuditLog(ports, KEY);
    await Promise.all(Array.from({ length: 30 }, (_, n) => log.append(event(n))));
    const verdict = await new AuditReader(inner, new AuditLog({ ...ports, table: inner }, KEY), KEY).verify();
    expect(verdict).toMatchObject({ whole: true, records: 30 });
    await log.close();
  });

  it("returns at once where it must not wait, and stores it", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    class SlowTable extends MemoryTable {
      override async put(...args: Parameters<Table["put"]>) {
        await held;
        return super.put(...args);
      }
    }
    const ports = world(new SlowTable());
    const log = new AuditLog(ports, KEY);
    log.later(event(1));
    const before = (await ports.table.query({ pk: "AUDIT" })).items.length;
    release();
    await log.close();
    expect([before, (await ports.table.query({ pk: "AUDIT" })).items.length]).toEqual([0, 1]);
  });

  it("signs the head within a minute, by itself", async () => {
    const clock = new Timers();
    const ports = { ...world(), clock };
    const log = new AuditLog(ports, KEY);
    await log.append(event(1));
    await clock.pass(29_000);
    expect(await log.heads.newest()).toBeUndefined();
    await clock.pass(1_000);
    expect(await log.heads.newest()).toMatchObject({ seq: 1, at: clock.time });
  });

  it("keeps no secret and nothing large", async () => {
    const ports = world();
    const log = new AuditLog(ports, KEY);
    const key = `qmoi_abcdefghjkmn_${"s".repeat(43)}`;
    await log.append({ ...event(1), reason: `I used Bearer ${key}`, before: { password: "hunter22" }, after: { text: "x".repeat(5000) } });
    await log.close();
    const [record] = (await new AuditReader(ports.table, log, KEY).list()).items;
    expect(JSON.stringify(record)).not.toMatch(/sssss|hunter22/);
    expect(record?.after).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 5011 });
  });
});

describe("the list", () => {
  it("pages in both directions and filters", async () => {
    const { ports } = await written();
    const reader = new AuditReader(ports.table, new AuditLog(ports, KEY), KEY);
    for (const oldestFirst of [false, true]) {
      const seen: number[] = [];
      for (let after: string | undefined, more = true; more; ) {
        const page = await reader.list({ limit: 5, oldestFirst, ...(after === undefined ? {} : { after }) });
        seen.push(...page.items.map(({ seq }) => seq));
        after = page.next;
        more = after !== undefined;
      }
      const all = Array.from({ length: 12 }, (_, n) => n + 1);
      expect(seen).toEqual(oldestFirst ? all : all.reverse());
    }
    expect((await reader.list({ subject: "run-3" })).items.map(({ seq }) => seq)).toEqual([3]);
    expect((await reader.list({ action: "run", who: "nobody" })).items).toEqual([]);
    expect(await reader.record(6)).toMatchObject({ subject: "run-6" });
    await expect(reader.record(13)).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
  });
});
