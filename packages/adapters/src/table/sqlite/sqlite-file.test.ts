import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasCode, type Item } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteTable } from "./sqlite-table.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-file-"));
  file = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const item = (sk: string, more: object = {}): Item => ({ pk: "p", sk, v: 1, ...more });
const codeOfOpening = (path: string): string => {
  try {
    void SqliteTable.open(path, { busyTimeoutMs: 20 }).close();
    return "none";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
};

/** A store with some pages, as a process leaves it that is killed: the log not folded in, the mark of a clean end absent. */
const crashed = async (): Promise<string> => {
  const table = SqliteTable.open(file);
  await Promise.all(Array.from({ length: 300 }, (_, n) => table.put(item(`${n}`, { x: "y".repeat(1000) }))));
  const copy = join(folder, "crashed.db");
  for (const end of ["", "-wal"]) copyFileSync(file + end, copy + end);
  await table.close();
  return copy;
};

/** Overwrites the middle of a file. */
const damage = (path: string): void => {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 20_000));
};

describe("openSqliteFile", () => {
  it("keeps all that was confirmed when the process dies without closing", async () => {
    const table = SqliteTable.open(await crashed());
    expect((await table.query({ pk: "p" })).items).toHaveLength(300);
    expect((await table.put(item("next"))).seq).toBe(301);
    await table.close();
  });

  it("leaves no log behind when it is closed in order", async () => {
    await SqliteTable.open(file).close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it.each([
    ["text", (path: string) => writeFileSync(path, "This is not a database. ".repeat(100))],
    ["another program's database", (path: string) => other(path, "CREATE TABLE t (x)")],
    ["a database with another program's mark", (path: string) => other(path, "PRAGMA application_id = 7; CREATE TABLE items (pk)")],
  ])("refuses %s with QMOI_STORE_CORRUPT and leaves it as it is", (_, make) => {
    make(file);
    const before = readFileSync(file);
    expect(codeOfOpening(file)).toBe("QMOI_STORE_CORRUPT");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("refuses a damaged file after a crash with QMOI_STORE_CORRUPT", async () => {
    const path = await crashed();
    await folded(path);
    damage(path);
    expect(codeOfOpening(path)).toBe("QMOI_STORE_CORRUPT");
  });

  it("refuses a newer schema with QMOI_STORE_NEWER", async () => {
    await SqliteTable.open(file).close();
    other(file, "PRAGMA user_version = 2");
    expect(codeOfOpening(file)).toBe("QMOI_STORE_NEWER");
  });

  it("says QMOI_STORE_LOCKED when another process holds the whole file", async () => {
    await SqliteTable.open(file).close();
    const holder = new DatabaseSync(file);
    holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    expect(codeOfOpening(file)).toBe("QMOI_STORE_LOCKED");
    holder.close();
    expect(codeOfOpening(file)).toBe("none");
  });

  it("says QMOI_STORE_UNAVAILABLE when the path leads through a file", () => {
    writeFileSync(join(folder, "plain"), "x");
    expect(codeOfOpening(join(folder, "plain", "store.db"))).toBe("QMOI_STORE_UNAVAILABLE");
  });

  it.each([
    ["a folder", async (path: string) => chmodSync(dirname(path), 0o555)],
    [
      "a file",
      async (path: string) => {
        await SqliteTable.open(path).close();
        chmodSync(path, 0o444);
        chmodSync(dirname(path), 0o555);
      },
    ],
  ])("says QMOI_STORE_READ_ONLY for %s that this user may not write", async (_, protect) => {
    const guarded = join(folder, "guarded", "store.db");
    mkdirSync(dirname(guarded));
    chmodSync(folder, 0o755);
    await protect(guarded);
    expect(openedByAnotherUser(guarded)).toBe("QMOI_STORE_READ_ONLY");
    chmodSync(dirname(guarded), 0o755);
  });

  it("names the file and what to do", () => {
    writeFileSync(file, "not a database".repeat(50));
    try {
      SqliteTable.open(file);
      expect.unreachable();
    } catch (error) {
      expect(hasCode(error, "QMOI_STORE_CORRUPT") && error.message.includes(file) && error.path === file && error.remedy !== "").toBe(true);
    }
  });
});

const other = (path: string, sql: string): void => {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
};

/** Folds the log into the file without marking a clean end. */
const folded = async (path: string): Promise<void> => other(path, "PRAGMA wal_checkpoint(TRUNCATE)");

/** Root may write everything, so a child without that privilege opens the store. */
const openedByAnotherUser = (path: string): string => {
  const source = `import { SqliteTable } from ${JSON.stringify(join(import.meta.dirname, "sqlite-table.ts"))};
    try { await SqliteTable.open(${JSON.stringify(path)}).close(); console.log("none"); } catch (error) { console.log(error.code ?? error); }`;
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", source], { ...user, encoding: "utf8" });
  return child.stdout.trim() || child.stderr;
};
