import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QmoiError } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataLock } from "./data-lock.ts";
import { readServerInfo, removeServerInfo, writeServerInfo } from "./server-info.ts";

let folder: string;
let dataDir: string;
const attempt = (): QmoiError | undefined => {
  try {
    DataLock.acquire(dataDir).release();
    return undefined;
  } catch (error) {
    if (error instanceof QmoiError) return error;
    throw error;
  }
};

/** A process that takes the lock, says so, and stays. */
const holdElsewhere = async () => {
  const source = `import { DataLock } from ${JSON.stringify(new URL("./data-lock.ts", import.meta.url).href)};
    globalThis.lock = DataLock.acquire(process.argv[1]); process.stdout.write("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-lock-"));
  dataDir = join(folder, "a", "data");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("DataLock", () => {
  it("creates a folder for this user alone, and is held until it is released", () => {
    const lock = DataLock.acquire(dataDir);
    expect(statSync(dataDir).mode & 0o077).toBe(0);
    expect(DataLock.isHeld(dataDir)).toBe(true);
    expect(attempt()?.code).toBe("QMOI_STORE_LOCKED");
    lock.release();
    expect(DataLock.isHeld(dataDir)).toBe(false);
    expect(attempt()).toBeUndefined();
  });

  it("names the owner's process and address", () => {
    const lock = DataLock.acquire(dataDir);
    writeServerInfo(dataDir, { pid: 4711, url: "http://127.0.0.1:4600" });
    expect(attempt()).toMatchObject({ message: expect.stringMatching(/process 4711 at http:\/\/127\.0\.0\.1:4600/), data: { pid: 4711 } });
    lock.release();
  });

  it("is held by another process, and is free at once after kill -9", async () => {
    const child = await holdElsewhere();
    expect(DataLock.isHeld(dataDir)).toBe(true);
    expect(attempt()?.code).toBe("QMOI_STORE_LOCKED");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(DataLock.isHeld(dataDir)).toBe(false);
    expect(attempt()).toBeUndefined();
  });

  it("is not fooled by what a dead server left, though its pid lives", () => {
    DataLock.acquire(dataDir).release();
    writeServerInfo(dataDir, { pid: process.pid, url: "http://127.0.0.1:1" });
    expect(DataLock.isHeld(dataDir)).toBe(false);
    expect(attempt()).toBeUndefined();
  });

  it("is not held where there is no folder, and looking creates none", () => {
    expect(DataLock.isHeld(dataDir)).toBe(false);
    expect(existsSync(dataDir)).toBe(false);
  });

  it("says what is wrong with a folder that can't be one", () => {
    writeFileSync(join(folder, "a"), "a file");
    expect(attempt()).toMatchObject({ code: "QMOI_STORE_READ_ONLY", path: dataDir });
  });
});

describe("server.json", () => {
  it("is read as nothing when it is missing, broken or something else", () => {
    DataLock.acquire(dataDir).release();
    expect(readServerInfo(dataDir)).toBeUndefined();
    for (const text of ["", "{", "[]", '{"pid":"1"}', "null"]) {
      writeFileSync(join(dataDir, "server.json"), text);
      expect(readServerInfo(dataDir)).toBeUndefined();
    }
    writeServerInfo(dataDir, { pid: 1, url: "u" });
    expect(readServerInfo(dataDir)).toEqual({ pid: 1, url: "u" });
    removeServerInfo(dataDir);
    removeServerInfo(dataDir);
    expect(readServerInfo(dataDir)).toBeUndefined();
  });
});
