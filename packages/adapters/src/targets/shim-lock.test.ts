import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { ProcessTarget } from "./process-target.ts";
import { ShimLock, shimsGone } from "./shim-lock.ts";
import { isAlive, testCall, until } from "./testing/calls.ts";
import { temporaryFolder } from "./testing/folders.ts";

const SERVER = fileURLToPath(new URL("./testing/process-server.ts", import.meta.url));
const linux = process.platform === "linux";
const servers = new Set<ChildProcess>();

/** Starts a server that runs the scripts as process tasks; `started` resolves once it has started them all. */
const startServer = (dataDir: string, scripts: string[]) => {
  const child = spawn(process.execPath, ["--no-warnings", SERVER, dataDir, ...scripts], { stdio: ["ignore", "pipe", "inherit"] });
  servers.add(child);
  const exited = once(child, "exit");
  const started = Promise.race([once(child.stdout, "data"), exited]);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    servers.delete(child);
  };
  return { started, kill };
};

/** Processes whose command line holds the marker. */
const marked = (marker: string): number[] =>
  execFileSync("ps", ["-A", "-o", "pid=,stat=,args="], { encoding: "utf8", maxBuffer: 1 << 24 })
    .split("\n")
    .filter((line) => line.includes(marker) && !line.includes(SERVER) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number.parseInt(line, 10));

const pidIn = (path: string): number => (existsSync(path) ? Number(readFileSync(path, "utf8")) : 0);

afterEach(async () => {
  for (const server of servers) server.kill("SIGKILL");
  servers.clear();
});

describe("shimsGone", () => {
  it("finds nothing to wait for in a new folder, and none after a task has ended", async () => {
    const dataDir = temporaryFolder();
    expect(await shimsGone(dataDir)).toEqual({ gone: true, killed: [] });
    const lock = ShimLock.open(dataDir);
    const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH ?? "" }, lock });
    expect(await target.run(testCall({ type: "process", command: "true" }).call)).toMatchObject({ ok: true });
    await target.close();
    lock.close();
    expect(await shimsGone(dataDir)).toEqual({ gone: true, killed: [] });
  });

  it("says no while a server that it may not kill holds the lock", async () => {
    const dataDir = temporaryFolder();
    const lock = ShimLock.open(dataDir);
    expect(await shimsGone(dataDir, { graceMs: 10_000, timeoutMs: 50 })).toEqual({ gone: false, killed: [] });
    lock.close();
    expect(await shimsGone(dataDir)).toMatchObject({ gone: true });
  });

  it("skips what a task wrote to the inherited descriptor", async () => {
    const dataDir = temporaryFolder();
    const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH ?? "" }, lock: ShimLock.open(dataDir) });
    const script = "exec 6<>/dev/fd/4; echo noise >&6; sleep 0.1";
    await target.run(testCall({ type: "process", command: "sh", args: ["-c", script] }).call);
    expect(await shimsGone(dataDir, { graceMs: 10_000, timeoutMs: 50 })).toMatchObject({ gone: false });
    await target.close();
  });

  it("proves that whole trees are dead after kill -9 of the server, at any moment", { timeout: 60_000 }, async () => {
    const dataDir = temporaryFolder();
    let met = 0;
    for (let round = 0; round < 6; round++) {
      const marker = `qmoi-${randomUUID()}`;
      const script = `trap '' TERM INT HUP; (sleep 1000; : ${marker}) & sh -c 'sleep 1000; : ${marker}' & wait`;
      const server = startServer(dataDir, Array(8).fill(script));
      // Half of the rounds in the middle of the starts, half with everything running.
      if (round % 2) await server.started;
      else await until(() => marked(marker).length > round);
      await delay(round * 3);
      met += marked(marker).length;
      await server.kill();
      expect(await shimsGone(dataDir, { graceMs: 30_000, timeoutMs: 30_000 })).toEqual({ gone: true, killed: [] });
      expect(marked(marker)).toEqual([]);
    }
    expect(met).toBeGreaterThan(60);
  });

  it.runIf(linux)("kills what has left its group", async () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, "pid");
    const server = startServer(dataDir, [`setsid sh -c 'echo $$ >${file}; exec sleep 1000'; true`]);
    await until(() => pidIn(file) > 0);
    await server.kill();
    expect(isAlive(pidIn(file))).toBe(true);
    expect(await shimsGone(dataDir, { graceMs: 50 })).toEqual({ gone: true, killed: expect.arrayContaining([pidIn(file)]) });
    expect(isAlive(pidIn(file))).toBe(false);
  });

  it.runIf(linux)("kills a group whose watcher had been killed", async () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, "pid");
    const server = startServer(dataDir, [`echo $$ >${file}; exec sleep 1000`]);
    await until(() => pidIn(file) > 0);
    const group = execFileSync("ps", ["-A", "-o", "pid=,pgid=,args="], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, pgid]) => pgid === execFileSync("ps", ["-o", "pgid=", "-p", String(pidIn(file))], { encoding: "utf8" }).trim());
    const watcher = group.find(([pid, pgid, ...args]) => pid !== pgid && args.includes("qmoi-shim"));
    process.kill(Number(watcher?.[0]), "SIGKILL");
    await server.kill();
    expect(isAlive(pidIn(file))).toBe(true);
    expect((await shimsGone(dataDir, { graceMs: 50 })).gone).toBe(true);
    expect(isAlive(pidIn(file))).toBe(false);
  });

  it("lets a new server remove an earlier one's files, not the lock", async () => {
    const dataDir = temporaryFolder();
    const run = async (lock: ShimLock) => {
      const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH ?? "" }, lock });
      await target.run(testCall({ type: "process", command: "true" }).call);
      return target;
    };
    const first = ShimLock.open(dataDir);
    const dead = await run(first);
    const left = join(first.folder, "files", "left.json");
    writeFileSync(left, "{}");
    first.close();
    const second = ShimLock.open(dataDir);
    const next = await run(second);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(join(second.folder, "lock"))).toBe(true);
    await next.close();
    await dead.close();
    second.close();
  });

  it("names the folder in which no lock can be made", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(() => ShimLock.open(file)).toThrow(
      expect.objectContaining({ code: "QMOI_STORE_READ_ONLY", path: expect.stringContaining(file) }),
    );
  });
});
