import { MemoryTable } from "@qmoi/adapters";
import type { Clock, Item } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";

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
    const table = new MemoryTable();
    const clock = new ShiftedClock();
    const { engine, plane, blobs, logs } = bareEngine(
      table,
      async ({ output }) => {
        output("stdout", Buffer.from("said"));
        return { ok: true, output: "x".repeat(10_000) };
      },
      { clock, config: { errors: { retention: { historyDays: 2, deadLetterDays: 2 } } } },
    );
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
