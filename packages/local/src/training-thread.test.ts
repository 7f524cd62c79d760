import type { TaskRecord } from "@qmoi/forecast";
import { describe, expect, it } from "vitest";
import { threadTrainer } from "./training-thread.ts";

const records = (count: number): TaskRecord[] =>
  Array.from({ length: count }, (_, i) => ({ type: `t${i % 3}`, seconds: 1 + (i % 7), run: `r${i >> 1}` }));
const job = { engine: "histogram-forest", seed: 1, trees: 5 };

describe("threadTrainer", () => {
  it("learns in a thread, and has nothing to say of too little", async () => {
    const outcome = await threadTrainer()({ ...job, records: records(1500) });
    expect(outcome).toMatchObject({ trained: 1200, heldBack: 300 });
    expect(outcome?.bytes?.length).toBeGreaterThan(1000);
    expect(await threadTrainer()({ ...job, records: records(10) })).toBeUndefined();
  });

  it("ends what takes too long or is no longer wanted, and tells the thread's errors", async () => {
    await expect(threadTrainer({ longestMs: 1 })({ ...job, records: records(3000) })).rejects.toMatchObject({
      code: "QMOI_STORE_UNAVAILABLE",
    });
    await expect(threadTrainer()({ ...job, records: records(100), current: Uint8Array.of(1) })).rejects.toThrow(/too short/);
  });
});
