import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderBlobStore } from "./folder-blob-store.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "qmoi-blobs-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => Buffer.from(text);
const files = (): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

describe("FolderBlobStore", () => {
  it("finds what another process has put", async () => {
    await new FolderBlobStore(root).put("a/b", bytes("x"));
    expect(Buffer.from((await new FolderBlobStore(root).get("a/b")) ?? []).toString()).toBe("x");
  });

  it("leaves nothing but the blob's file behind, and no empty folders after its deletion", async () => {
    const store = new FolderBlobStore(join(root, "deep", "store"));
    await store.put("runs/1/out.json", bytes("x"));
    await store.put("runs/2/out.json", bytes("x"));
    expect(files()).toEqual(["out.json", "out.json"]);
    await store.delete("runs/1/out.json");
    expect(readdirSync(join(root, "deep", "store", "runs~"))).toEqual(["2~"]);
  });

  it("puts into a folder that goes away at the same moment", async () => {
    const store = new FolderBlobStore(root);
    for (let round = 0; round < 30; round++) {
      await store.put("a/b/old", bytes("x"));
      await Promise.all([store.delete("a/b/old"), store.put("a/b/new", bytes("y"))]);
      expect(await store.get("a/b/new")).toEqual(bytes("y"));
      await store.delete("a/b/new");
    }
  });

  it("removes what a process left that died while writing, but not what is being written", async () => {
    mkdirSync(join(root, "~partial"));
    for (const name of ["old", "young"]) writeFileSync(join(root, "~partial", name), "x");
    utimesSync(join(root, "~partial", "old"), 0, 0);
    const store = new FolderBlobStore(root);
    expect(await store.list("")).toEqual([]);
    await store.put("a", bytes("x"));
    expect(files().sort()).toEqual(["a", "young"]);
  });

  it("says QMOI_STORE_READ_ONLY where this user may not write, and still reads", async () => {
    await new FolderBlobStore(root).put("a/b", bytes("x"));
    chmodSync(join(root, "a~", "b"), 0o644);
    for (const folder of [join(root, "a~"), join(root, "~partial"), root]) chmodSync(folder, 0o555);
    const source = `import { FolderBlobStore } from ${JSON.stringify(join(import.meta.dirname, "folder-blob-store.ts"))};
      const store = new FolderBlobStore(${JSON.stringify(root)});
      const codes = [];
      for (const call of [() => store.put("a/c", Buffer.from("y")), () => store.delete("a/b")]) codes.push(await call().then(() => "none", (error) => error.code));
      console.log(codes.join(), Buffer.from(await store.get("a/b")).toString());`;
    // Root may write everything, so a child without that privilege tries.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", source], { ...user, encoding: "utf8" });
    expect(child.stdout.trim() || child.stderr).toBe("QMOI_STORE_READ_ONLY,QMOI_STORE_READ_ONLY x");
    for (const folder of [root, join(root, "a~"), join(root, "~partial")]) chmodSync(folder, 0o755);
  });
});
