import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureToken, readToken } from "./token-file.ts";

let folder: string;
const file = (): string => join(folder, "token");
const mode = (): number => statSync(file()).mode & 0o777;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-token-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("is created once, for this user alone", () => {
  expect(readToken(folder)).toBeUndefined();
  const token = ensureToken(folder);
  expect(mode()).toBe(0o600);
  expect(ensureToken(folder)).toBe(token);
  expect(readToken(folder)).toBe(token);
  expect(readFileSync(file(), "utf8")).toBe(`${token}\n`);
});

it("differs from folder to folder", () => {
  const first = ensureToken(folder);
  rmSync(file());
  expect(ensureToken(folder)).not.toBe(first);
});

it("is made anew when a crash left it empty or short", () => {
  writeFileSync(file(), "abc\n");
  expect(readToken(folder)).toBeUndefined();
  expect(ensureToken(folder)).toMatch(/^qmoi_/);
});

it("is taken back from others who could read it", () => {
  const token = ensureToken(folder);
  chmodSync(file(), 0o644);
  expect(ensureToken(folder)).toBe(token);
  expect(mode()).toBe(0o600);
});
