import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasCode, type Item } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SqliteTable } from "./sqlite-table.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-file-"));
  file = join(folder, "store.db");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

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
    expect((await table.put(item("next"))).seq).toBeGreaterThan(300);
    await table.close();
  });

  it("keeps all that a process had confirmed when it is killed", async () => {
    const source = `import { writeSync } from "node:fs";
      import { SqliteTable } from ${JSON.stringify(join(import.meta.dirname, "sqlite-table.ts"))};
      const table = SqliteTable.open(${JSON.stringify(file)});
      // A full pipe says so; what was confirmed has to be told before anything else happens.
      const tell = (line) => {
        for (;;) {
          try {
            return writeSync(1, line);
          } catch (error) {
            if (error.code !== "EAGAIN") throw error;
          }
        }
      };
      const write = async (writer) => {
        for (let n = 0; ; n++) {
          await table.put({ pk: "p" + writer, sk: String(n).padStart(6, "0"), v: 1, x: "y".repeat(300) }, { when: { site: "t", absent: true } });
          tell(writer + " " + n + "\\n");
        }
      };
      for (let writer = 0; writer < 8; writer++) void write(writer);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.length > 20_000) child.kill("SIGKILL");
    });
    await once(child, "close");
    const confirmed = output
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split(" "));
    expect(confirmed.length).toBeGreaterThan(1000);
    const table = SqliteTable.open(file);
    for (const [writer = "", n = ""] of confirmed) {
      expect(await table.get({ pk: `p${writer}`, sk: n.padStart(6, "0") })).toBeDefined();
    }
    await table.close();
  });

  it("asks the disk to keep each commit only where loss of power must be survived", async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, "exec");
    for (const [survives, level] of [
      ["process", 1],
      ["power", 2],
    ] as const) {
      const table = SqliteTable.open(file, { survives });
      const db = exec.mock.contexts.at(-1) as DatabaseSync;
      expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: level });
      await table.close();
    }
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
