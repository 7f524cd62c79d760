import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@qmoi/core";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteTable } from "./sqlite-table.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-scan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const item = (sk: string): Item => ({ pk: "p", sk, v: 1 });

describe("SqliteScanner", () => {
  it("answers several scans at the same time", async () => {
    const table = SqliteTable.open(join(folder, "store.db"));
    await Promise.all(["a", "b", "c"].map((sk) => table.put(item(sk))));
    const pages = await Promise.all([table.scan(), table.scan({ limit: 1 }), table.scan({ limit: 2 })]);
    expect(pages.map((page) => page.items.map(({ sk }) => sk))).toEqual([["a", "b", "c"], ["a"], ["a", "b"]]);
    await table.close();
  });

  it("leaves the event loop free while it reads", async () => {
    const table = SqliteTable.open(join(folder, "store.db"));
    await Promise.all(Array.from({ length: 2000 }, (_, n) => table.put({ ...item(`${n}`), x: "y".repeat(500) })));
    let turns = 0;
    let reading = true;
    const count = (): void => {
      turns++;
      if (reading) setImmediate(count);
    };
    count();
    await table.scan();
    reading = false;
    expect(turns).toBeGreaterThan(2);
    await table.close();
  });

  it("tells a failure in the thread as the store's error", async () => {
    const table = SqliteTable.open(join(folder, "store.db"));
    rmSync(join(folder, "store.db"));
    await expect(table.scan()).rejects.toMatchObject({ code: "QMOI_STORE_READ_ONLY" });
    await table.close();
  });

  it("works in a bundle, minified or with names kept, and does not keep the process alive", async () => {
    const entry = `import { SqliteTable } from ${JSON.stringify(join(import.meta.dirname, "sqlite-table.ts"))};
      const table = SqliteTable.open(process.argv[2]);
      await table.put({ pk: "p", sk: "s", v: 1 });
      console.log(JSON.stringify(await table.scan()));`;
    for (const option of [{ minify: true }, { keepNames: true }]) {
      const outfile = join(folder, "bundle.mjs");
      await build({
        stdin: { contents: entry, resolveDir: import.meta.dirname },
        bundle: true,
        platform: "node",
        format: "esm",
        outfile,
        ...option,
      });
      const child = spawnSync(process.execPath, [outfile, join(folder, "bundled.db")], { encoding: "utf8", timeout: 30_000 });
      expect({ stdout: child.stdout, stderr: child.stderr, status: child.status }).toEqual({
        stdout: '{"items":[{"pk":"p","sk":"s","v":1}]}\n',
        stderr: "",
        status: 0,
      });
    }
  });
});
