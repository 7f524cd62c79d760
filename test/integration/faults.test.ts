import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { codeOf, endOf, FaultsLab, SOUND, until } from "../support/faults-lab.ts";
import { missingSmallDisk } from "../support/small-disk.ts";
import { suite } from "../support/suite.ts";
import type { Up } from "../support/up.ts";

const lab = new FaultsLab();

afterEach(() => lab.close());

suite("a full disk", missingSmallDisk, () => {
  it("refuses what it can't keep, loses nothing that it confirmed, and goes on by itself once there is space", async () => {
    const where = await lab.openOnDisk();
    const up = await lab.start(where);
    await up.client.publish(lab.chain(0.5));
    const confirmed: string[] = [];
    const begin = async (): Promise<string> =>
      up.client.startRun({ workflow: "chain" }).then(
        ({ run }) => {
          confirmed.push(run);
          return "confirmed";
        },
        (error: unknown) => codeOf(error),
      );
    for (let n = 0; n < 12; n++) await begin();
    await until(() => lab.lines("begin").length > 0);
    lab.disk?.fill();
    const answers: string[] = [];
    while (answers.filter((answer) => answer !== "confirmed").length < 20) answers.push(await begin());
    expect(new Set(answers.filter((answer) => answer !== "confirmed"))).toEqual(new Set(["QMOI_STORE_FULL"]));
    // What runs ends while nothing can be written, and is read all the while.
    await until(() => lab.lines("end").length >= lab.lines("begin").length);
    expect((await up.client.runs({ limit: 100 })).items.map(({ run }) => run).sort()).toEqual([...confirmed].sort());
    lab.disk?.free();
    for (const run of confirmed) expect((await endOf(up.client, run)).state).toBe("succeeded");
    expect(lab.lines("begin").sort()).toEqual(confirmed.flatMap((run) => [`begin ${run} a`, `begin ${run} b`]).sort());
    expect(await begin()).toBe("confirmed");
    await endOf(up.client, confirmed.at(-1) as string);
    expect((await up.stop()).code).toBe(0);
    expect(lab.integrity(String(where.seenAs))).toEqual(SOUND);
  });

  it("is told by a server that can't start on it, which starts once there is space", async () => {
    const where = await lab.openOnDisk();
    const up = await lab.start(where);
    await up.client.publish(lab.chain(0));
    const { run } = await up.client.startRun({ workflow: "chain" });
    await endOf(up.client, run);
    await up.stop();
    lab.disk?.fill();
    for (const dir of [where.data, join(String(lab.disk?.folder), "new")]) {
      const { code, error, stdout } = await lab.ended(["up", "--data", dir, "--port", "0"], where.prefix);
      expect({ code, stdout, error: error.code }).toEqual({ code: 1, stdout: "", error: "QMOI_STORE_FULL" });
      expect(String(error.path)).toContain(dir);
      expect(error.remedy).toMatch(/free space/i);
    }
    lab.disk?.free();
    const again = await lab.start(where);
    expect((await again.client.run(run)).state).toBe("succeeded");
  });

  it("keeps a server that drains from ending, until it is told again; the next start goes on", async () => {
    const where = await lab.openOnDisk();
    const up = await lab.start(where);
    await up.client.publish(lab.chain(0.5));
    const { run } = await up.client.startRun({ workflow: "chain" });
    await until(() => lab.lines("begin").length > 0);
    lab.disk?.fill();
    up.child.kill("SIGTERM");
    await until(() => lab.lines("end").length > 0 && up.stderr.includes("waiting for 1 running task"));
    // Long enough for one that doesn't wait to be gone.
    await delay(1000);
    expect(up.isRunning).toBe(true);
    up.child.kill("SIGTERM");
    expect((await up.ended).code).toBe(0);
    lab.disk?.free();
    const again = await lab.start(where);
    expect((await endOf(again.client, run)).state).toBe("succeeded");
  });
});

describe("a damaged database", () => {
  let clean = "";
  let crashed = "";

  beforeAll(async () => {
    lab.open();
    const store = lab.folder;
    const up = await lab.start();
    await up.client.publish({ name: "one", tasks: [{ name: "a", target: { type: "wait", seconds: 0 } }] });
    const runs = await Promise.all(Array.from({ length: 300 }, () => up.client.startRun({ workflow: "one" })));
    for (const { run } of runs) await endOf(up.client, run);
    crashed = mkdtempSync(join(tmpdir(), "qmoi-crashed-"));
    clean = mkdtempSync(join(tmpdir(), "qmoi-clean-"));
    await up.stop();
    cpSync(lab.data, clean, { recursive: true, filter: (path) => !path.includes("shims") });
    // A short log: what a long one holds anew, damage to the file can't harm.
    await (await lab.start()).kill();
    cpSync(lab.data, crashed, { recursive: true, filter: (path) => !path.includes("shims") });
    expect(existsSync(join(crashed, "qmoi.db-wal"))).toBe(true);
    rmSync(store, { recursive: true, force: true });
  });
  afterAll(() => {
    for (const path of [clean, crashed]) rmSync(path, { recursive: true, force: true });
  });

  const randomMiddle = (file: string): void => {
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    randomBytes(Math.min(20_000, bytes.length - middle)).copy(bytes, middle);
    writeFileSync(file, bytes);
  };
  const otherMark = (file: string): void => {
    const db = new DatabaseSync(file);
    db.exec("PRAGMA application_id = 7");
    db.close();
  };

  it.each([
    ["random bytes in its middle", () => clean, randomMiddle],
    ["random bytes in its middle, and a log that a crash left", () => crashed, randomMiddle],
    ["half of it missing", () => clean, (file: string) => truncateSync(file, readFileSync(file).length / 2)],
    ["all but a few bytes missing", () => clean, (file: string) => truncateSync(file, 50)],
    ["a text file in its place", () => clean, (file: string) => writeFileSync(file, "This is no database. ".repeat(500))],
    ["another program's mark", () => clean, otherMark],
  ])("with %s is refused with what to do, and stays as it is", async (_, from, damage) => {
    lab.open();
    cpSync(from(), lab.data, { recursive: true });
    const file = join(lab.data, "qmoi.db");
    damage(file);
    const before = readFileSync(file);
    const log = existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0);
    for (const command of ["up", "runs"]) {
      const { code, error, stdout } = await lab.ended([command, "--data", lab.data, ...(command === "up" ? ["--port", "0"] : [])]);
      expect({ code, stdout, error: error.code }).toEqual({ code: 1, stdout: "", error: "QMOI_STORE_CORRUPT" });
      expect(error.path).toBe(file);
      expect(error.remedy).toMatch(/restore/i);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
    if (log.length > 0) expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
  });

  it("is none where only what can be made again is damaged", async () => {
    lab.open();
    cpSync(clean, lab.data, { recursive: true });
    for (const name of ["server.json", "token"]) writeFileSync(join(lab.data, name), "\u0000garbage");
    const up = await lab.start();
    expect((await up.client.runs({ limit: 5 })).items).toHaveLength(5);
    await up.stop();
    writeFileSync(join(lab.data, "lock.db"), "This is no database. ".repeat(500));
    const { code, error } = await lab.ended(["up", "--data", lab.data, "--port", "0"]);
    expect({ code, error: error.code, path: error.path }).toEqual({
      code: 1,
      error: "QMOI_STORE_CORRUPT",
      path: join(lab.data, "lock.db"),
    });
    rmSync(String(error.path));
    expect((await (await lab.start()).client.runs({ limit: 5 })).items).toHaveLength(5);
  });
});

describe("two servers on one data folder", () => {
  it("are not possible: the second is told who has it, and the first goes on undisturbed", async () => {
    lab.open();
    const first = await lab.start();
    await first.client.publish(lab.chain(1));
    const { run } = await first.client.startRun({ workflow: "chain" });
    await until(() => lab.lines("begin").length > 0);
    const second = await lab.ended(["up", "--data", lab.data, "--port", "0"]);
    expect({ code: second.code, stdout: second.stdout, error: second.error.code }).toEqual({
      code: 1,
      stdout: "",
      error: "QMOI_STORE_LOCKED",
    });
    expect(second.error.message).toContain(`process ${first.pid} at ${first.url}`);
    expect(second.error.data).toEqual({ pid: first.pid, url: first.url });
    expect((await endOf(first.client, run)).state).toBe("succeeded");
    expect(lab.lines("begin")).toHaveLength(2);
    expect(first.stderr).toBe("");
  });

  it("can follow each other: what kill -9 left of the first is no obstacle", async () => {
    lab.open();
    const first = await lab.start();
    await first.kill();
    expect(JSON.parse(readFileSync(join(lab.data, "server.json"), "utf8"))).toMatchObject({ pid: first.pid });
    const second = await lab.start();
    expect(second.pid).not.toBe(first.pid);
    expect(await second.client.health()).toMatchObject({ status: "ok" });
  });
});

describe("a server that is told to end under load", () => {
  const TASKS = 30;
  const wide = (seconds: number) => ({
    name: "wide",
    tasks: Array.from({ length: TASKS }, (_, n) => ({ name: `t${n}`, target: lab.journaled(seconds) })),
  });
  const load = async (seconds: number): Promise<{ up: Up; run: string }> => {
    lab.open();
    const up = await lab.start();
    await up.client.publish(wide(seconds));
    const { run } = await up.client.startRun({ workflow: "wide" });
    await until(() => lab.lines("begin").length >= 3);
    return { up, run };
  };

  it("lets what runs finish, says so, and begins nothing new; the next one does the rest, each task once", async () => {
    const { up, run } = await load(0.7);
    const { code, stderr } = await up.stop();
    expect(code).toBe(0);
    expect(stderr).toMatch(/waiting for \d+ running task/);
    expect(stderr).toMatch(/stopped\n$/);
    const begun = lab.lines("begin").length;
    expect(lab.lines("end")).toHaveLength(begun);
    expect(begun).toBeLessThan(TASKS);
    const next = await lab.start();
    expect((await endOf(next.client, run)).tasks.succeeded).toBe(TASKS);
    expect(new Set(lab.lines("begin")).size).toBe(TASKS);
    expect(lab.lines("begin")).toHaveLength(TASKS);
  });

  it("told again, aborts what runs, which is done again after the next start", async () => {
    const { up, run } = await load(300);
    up.child.kill("SIGTERM");
    await until(() => up.stderr.includes("waiting for"));
    up.child.kill("SIGTERM");
    expect((await up.ended).code).toBe(0);
    expect(lab.lines("end")).toEqual([]);
    const begun = lab.lines("begin").length;
    const next = await lab.start();
    await until(() => lab.lines("begin").length > begun);
    expect((await next.client.run(run)).tasks).toMatchObject({ failed: 0, cancelled: 0, held: 0 });
    await next.client.cancel(run);
    expect((await endOf(next.client, run)).state).toBe("cancelled");
  });

  it("killed while it drains, is recovered at the next start", async () => {
    const { up, run } = await load(1.5);
    up.child.kill("SIGTERM");
    await until(() => up.stderr.includes("waiting for"));
    const killedAt = Date.now();
    await up.kill();
    const next = await lab.start();
    expect((await endOf(next.client, run)).tasks.succeeded).toBe(TASKS);
    // What was in flight is done again, and nothing else.
    const { items } = await next.client.history({ run, limit: 500 });
    for (let n = 0; n < TASKS; n++) {
      const attempts = items.filter((one) => one.task === `t${n}` && one.state !== "void");
      expect(lab.lines(`begin ${run} t${n}`).filter((line) => line.endsWith(` t${n}`)).length).toBeLessThanOrEqual(attempts.length);
      expect(attempts.filter((one) => one.state === "succeeded")).toHaveLength(1);
      for (const one of attempts)
        if (one.state !== "succeeded") expect([one.failure?.class, Date.parse(one.startedAt) <= killedAt]).toEqual(["lost", true]);
    }
    await next.stop();
    expect(lab.integrity()).toEqual(SOUND);
  });
});
