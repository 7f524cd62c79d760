import { MemoryBlobStore, MemoryQueue, MemoryTable, MemoryTaskLogs, SystemRandom } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config";
import { type Clock, type Item, silentLogger, type TargetRunner } from "@qmoi/core";
import { settingsOf } from "@qmoi/local";
import { createControlPlane, Engine, type Hint } from "@qmoi/runtime";
import { describe, expect, it } from "vitest";

const DAY_MS = 86_400_000;

/** Real timers, and a wall clock that can be set forward. */
class ShiftedClock implements Clock {
  shift = 0;
  now = (): number => Date.now() + this.shift;
  monotonic = (): number => performance.now() + this.shift;
  after(ms: number, fn: () => void): () => void {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  }
}

const everything = async (table: MemoryTable): Promise<readonly Item[]> => (await table.scan()).items;

describe("retention", () => {
  it("keeps what is younger, and leaves nothing of a run, its blobs and logs once it is older", async () => {
    const [table, blobs, logs, clock] = [new MemoryTable(), new MemoryBlobStore(), new MemoryTaskLogs(), new ShiftedClock()];
    const runner: TargetRunner = {
      type: "wait",
      run: async ({ output, attempt }) => {
        output("stdout", Buffer.from("said"));
        return attempt === 1 ? { ok: true, output: "x".repeat(10_000) } : { ok: true };
      },
    };
    const engine = new Engine(
      {
        table,
        blobs,
        logs,
        hints: new MemoryQueue<Hint>(),
        secrets: { get: async () => "" },
        targets: new Map([["wait", runner]]),
        host: { available: () => ({ cpu: 8, memory: 2 ** 40, disk: 2 ** 40 }), memoryUsed: () => 0 },
        clock,
        random: new SystemRandom(),
        logger: silentLogger,
        settings: settingsOf(loadConfig(() => undefined, { errors: { retention: { historyDays: 2, deadLetterDays: 2 } } })),
        limits: () => ({}),
      },
      { id: "w" },
    );
    const plane = createControlPlane(engine);
    await engine.start();
    await plane.publish({ name: "kept", inputs: { type: "object" }, tasks: [{ name: "t", target: { type: "wait", seconds: 0 } }] });
    const { run } = await plane.startRun({ workflow: "kept", inputs: { long: "y".repeat(2_000) } });
    while ((await plane.run(run)).endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.statistics.flush();
    expect((await blobs.list("")).map((blob) => blob.key.split("/")[0])).toEqual(["definitions", "inputs", "outputs"]);

    clock.shift = 1.5 * DAY_MS;
    await engine.tick();
    expect((await plane.run(run)).state).toBe("succeeded");
    expect((await plane.logs(run, "t")).items).toHaveLength(1);

    clock.shift = 4 * DAY_MS;
    await expect(plane.run(run)).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
    await engine.tick();
    const left = (await everything(table)).map((item) => item.pk.split("#")[0]);
    expect(left.filter((kind) => kind === "R" || kind === "STAT")).toEqual([]);
    expect((await blobs.list("")).map((blob) => blob.key.split("/")[0])).toEqual(["definitions"]);
    expect((await logs.read(`${run}/0/1`, {})).items).toEqual([]);
    await engine.stop();
  });
});
