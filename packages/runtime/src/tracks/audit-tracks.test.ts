import { MemoryBlobStore, MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { BlobTrackStore } from "@qmoi/adapters/aws";
import { silentLogger } from "@qmoi/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { AuditLog } from "../audit/audit-log.ts";
import { AuditReader } from "../audit/audit-reader.ts";
import { AuditTracks } from "./audit-tracks.ts";

const KEY = Buffer.alloc(32, 1);

const opened = (maxBytes?: number) => {
  const blobs = new MemoryBlobStore();
  const ports = { table: new MemoryTable(), blobs, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
  const [log, store] = [new AuditLog(ports, KEY), new BlobTrackStore(blobs)];
  const records = new AuditReader(ports.table, log, KEY);
  const tracks = (): AuditTracks => new AuditTracks({ store, records, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const append = (subject: string) =>
    log.append({ action: "run.cancel", subject, who: "key-1", outcome: "done", reason: "password=hunter2" });
  const files = async (): Promise<readonly string[]> =>
    Promise.all((await blobs.list("tracks/")).map(async ({ key }) => Buffer.from((await blobs.get(key)) ?? []).toString()));
  return { blobs, log, store, records, tracks, append, files };
};
const subjects = (text: string): string[] =>
  [...text.matchAll(/run\.cancel (\w+) by key-1: done/g)].map(([, subject]) => subject as string);

it("have each record of the audit once, in order, whoever looks when, also where several look at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("append", "look", "look anew", "both at once"), { maxLength: 30 }), async (steps) => {
      const { log, store, tracks, append } = opened();
      const kept = tracks();
      const appended: string[] = [];
      for (const [n, step] of steps.entries()) {
        if (step === "append") {
          await append(`s${n}`);
          appended.push(`s${n}`);
        } else if (step === "look") await kept.follow();
        else if (step === "look anew") await tracks().follow();
        else await Promise.all([kept.follow(), tracks().follow()]);
      }
      await tracks().follow();
      expect(subjects((await store.read("TRACKS.md")) ?? "")).toEqual(appended);
      await log.close();
    }),
    { numRuns: 30 },
  );
});

it("write nothing where nothing is new, hold no secrets, and look like those of a laptop", async () => {
  const { log, store, tracks, append } = opened();
  await append("r1");
  const kept = tracks();
  await kept.follow();
  const text = await store.read("TRACKS.md");
  expect(text).toMatch(/^# Tracks\n\n## \d{4}-\d\d-\d\d\n\n- \d\d:\d\d:\d\d\.\d{3}Z \*\*action\*\* run\.cancel r1 by key-1: done/);
  expect(text).not.toContain("hunter2");
  await store.write("TRACKS.md", "changed");
  await kept.follow();
  expect(await store.read("TRACKS.md")).toBe("changed");
  await log.close();
});

it("become a dated file when they are full, and lose nothing", async () => {
  const { log, tracks, append, files } = opened(400);
  const appended = Array.from({ length: 12 }, (_, n) => `s${n}`);
  for (const subject of appended) {
    await append(subject);
    await tracks().follow();
  }
  const texts = await files();
  expect(texts.length).toBeGreaterThan(2);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(700);
  expect(texts.flatMap(subjects).toSorted()).toEqual(appended.toSorted());
  await log.close();
});

it("go on after a restore to an older audit", async () => {
  const { log, store, tracks, append } = opened();
  await store.write("TRACKS.md", "# Tracks\n\n## 2026-01-01\n\n- old\n\n<!-- up to record 99 of the audit -->\n");
  await append("s1");
  await tracks().follow();
  await append("s2");
  await tracks().follow();
  expect(subjects((await store.read("TRACKS.md")) ?? "")).toEqual(["s2"]);
  expect(await store.read("TRACKS.md")).toContain("- old");
  await log.close();
});
