import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DataLock,
  handlerFetch,
  type LocalOptions,
  openLocal,
  openLocalApi,
  readMasterKey,
  readServerInfo,
  type ServedSystem,
  startLocalServer,
} from "./index.ts";

const clock: Clock = { now: () => Date.UTC(2026, 0, 1), monotonic: () => 0, after: () => () => undefined };
let dataDir: string;
let calls: string[];

/** A real system whose calls are noted. */
const open = async (): Promise<ServedSystem> => {
  const system = await openLocal({ dataDir });
  const noted = <T extends (...args: never[]) => unknown>(name: string, work: T): T =>
    ((...args) => {
      calls.push(name);
      return work(...args);
    }) as T;
  return {
    plane: system.plane,
    services: system.services,
    start: noted("start", system.start),
    drain: noted("drain", system.drain),
    stop: noted("stop", system.stop),
    events: (handler) => noted("forget", system.events(handler)),
  };
};
const options = (): LocalOptions => ({ dataDir, version: "1.0.0", clock, open });

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), "qmoi-local-")), "data");
  calls = [];
});
afterEach(() => rmSync(join(dataDir, ".."), { recursive: true }));

describe("startLocalServer", () => {
  it("answers under the token that it left in the folder, and says where", async () => {
    const server = await startLocalServer({ ...options(), port: 0 });
    expect(readServerInfo(dataDir)).toEqual({ pid: process.pid, url: server.url });
    expect(server.consoleUrl).toBe(`${server.url}/?key=${readMasterKey(dataDir)}`);
    expect(statSync(join(dataDir, "token")).mode & 0o777).toBe(0o600);
    const answer = await fetch(`${server.url}/v1/runs`, { headers: { authorization: `Bearer ${readMasterKey(dataDir)}` } });
    expect(await answer.json()).toEqual({ items: [] });
    await server.close();
  });

  it("gives the folder back when it closes, and keeps the token", async () => {
    const server = await startLocalServer({ ...options(), port: 0 });
    await server.close();
    expect(calls).toEqual(["start", "forget", "stop"]);
    expect([DataLock.isHeld(dataDir), readServerInfo(dataDir), readMasterKey(dataDir)]).toEqual([false, undefined, server.key()]);
  });

  it("writes its log under the folder", async () => {
    await (await startLocalServer({ ...options(), port: 0 })).close();
    const lines = readFileSync(join(dataDir, "logs", "qmoi_automation.log"), "utf8")
      .trimEnd()
      .split("\n");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: "server started", time: "2026-01-01T00:00:00.000Z", pid: process.pid });
    expect(lines.join()).not.toContain(readMasterKey(dataDir));
  });

  it("refuses a folder that is in use, and leaves its owner alone", async () => {
    const server = await startLocalServer({ ...options(), port: 0 });
    await expect(startLocalServer({ ...options(), port: 0 })).rejects.toMatchObject({
      code: "QMOI_STORE_LOCKED",
      data: { pid: process.pid, url: server.url },
    });
    expect(readServerInfo(dataDir)?.url).toBe(server.url);
    await server.close();
  });

  it("gives the folder back when its port is taken, before any work began", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startLocalServer({ ...options(), port })).rejects.toMatchObject({ code: "QMOI_PORT_TAKEN" });
    expect(calls).not.toContain("start");
    expect(DataLock.isHeld(dataDir)).toBe(false);
    other.close();
  });

  it("gives the folder back when the engine can't be opened", async () => {
    const broken = async (): Promise<never> => {
      throw new Error("broken");
    };
    await expect(startLocalServer({ ...options(), open: broken, port: 0 })).rejects.toThrow("broken");
    expect(DataLock.isHeld(dataDir)).toBe(false);
    expect(existsSync(join(dataDir, "server.json"))).toBe(false);
  });
});

describe("openLocalApi", () => {
  it("answers in this process without a port, a token or any work", async () => {
    const local = await openLocalApi(options());
    const response = await handlerFetch(local.handler, () => 0)("http://qmoi/v1/runs?limit=5", { headers: { accept: "application/json" } });
    expect([response.status, await response.json()]).toEqual([200, { items: [] }]);
    expect(readServerInfo(dataDir)).toEqual({ pid: process.pid });
    await local.close();
    expect(calls).toEqual(["stop"]);
    expect(DataLock.isHeld(dataDir)).toBe(false);
  });
});
