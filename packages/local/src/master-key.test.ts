import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { type AuditEvent, silentLogger } from "@qmoi/core";
import { Keys } from "@qmoi/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openMasterKey, readMasterKey } from "./master-key.ts";

let folder: string;
let keys: Keys;
let events: AuditEvent[];
const audit = { append: async () => undefined, later: (event: AuditEvent) => void events.push(event) };
const file = (): string => join(folder, "token");
const mode = (): number => statSync(file()).mode & 0o777;
const open = async (): Promise<string> => (await openMasterKey(folder, keys, audit))();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-key-"));
  keys = new Keys({ table: new MemoryTable(), clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  events = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

it("is created once, for this user alone, with the role master, and recorded", async () => {
  expect(readMasterKey(folder)).toBeUndefined();
  const key = await open();
  expect(mode()).toBe(0o600);
  expect(await open()).toBe(key);
  expect(readFileSync(file(), "utf8")).toBe(`${key}\n`);
  expect(await keys.check(key)).toMatchObject({ role: "master" });
  expect(events).toEqual([expect.objectContaining({ action: "key.create", who: "local" })]);
});

it("is made anew when a crash left it empty or short, and taken up when the crash came before the table knew it", async () => {
  writeFileSync(file(), "abc\n");
  expect(readMasterKey(folder)).toBeUndefined();
  const key = await open();
  keys = new Keys({ table: new MemoryTable(), clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  expect(await open()).toBe(key);
  expect(await keys.check(key)).toMatchObject({ role: "master" });
});

it("is taken back from others who could read it", async () => {
  const key = await open();
  chmodSync(file(), 0o644);
  expect(await open()).toBe(key);
  expect(mode()).toBe(0o600);
});

it("is replaced at the next start when it was revoked, and follows its rotation at once", async () => {
  const current = await openMasterKey(folder, keys, audit);
  const first = current();
  const { id, key } = await keys.rotate(first.split("_")[1] ?? "");
  expect([current(), readMasterKey(folder), mode()]).toEqual([key, key, 0o600]);
  await keys.revoke(id);
  const next = await open();
  expect(next).not.toContain(id);
  expect(await keys.check(next)).toMatchObject({ role: "master" });
});
