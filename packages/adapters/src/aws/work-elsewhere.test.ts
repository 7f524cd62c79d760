import { type Json, LATER } from "@qmoi/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { TaskFunction } from "../targets/task-function.ts";
import { testCall } from "../targets/testing/calls.ts";
import type { Completion } from "./completion.ts";
import { delayedWaitTarget } from "./delayed-wait-target.ts";
import { serveTask, type TaskEvent } from "./serve-task.ts";

const clock = { now: () => 1_000_000, monotonic: () => 0, after: () => () => undefined };

describe("a wait that nobody waits for", () => {
  const sent: Completion[] = [];
  const target = delayedWaitTarget(clock, async (completion) => void sent.push(completion));

  it("sends the attempt's end, to be held back until its time", async () => {
    expect(await target.run(testCall({ type: "wait", seconds: 30 }).call)).toBe(LATER);
    expect(sent).toEqual([{ token: "r1/0/2/token", at: 1_030_000, result: { ok: true } }]);
  });

  it("is no wait when its time has passed", async () => {
    expect(await target.run(testCall({ type: "wait", until: "1970-01-01T00:00:01Z" }).call)).toEqual({ ok: true });
    expect(sent).toHaveLength(1);
  });

  it("fails so that it is tried again when nothing can be sent", async () => {
    const away = delayedWaitTarget(clock, () => Promise.reject(new Error("away")));
    expect(await away.run(testCall({ type: "wait", seconds: 30 }).call)).toMatchObject({ ok: false, failure: { class: "unavailable" } });
  });
});

describe("a function of the user's, deployed as one of its own", () => {
  afterEach(() => void vi.useRealTimers());
  const qmoi = { token: "r/0/1/t", queueUrl: "queue", run: "r", task: "t", attempt: 1, idempotencyKey: "r/t" };

  const serve = async (work: TaskFunction, input: Json, leftMs = 60_000): Promise<unknown[]> => {
    const sent: unknown[] = [];
    const handler = serveTask(work, async (url, completion) => void sent.push([url, completion]));
    await handler({ input, qmoi } satisfies TaskEvent, { getRemainingTimeInMillis: () => leftMs });
    return sent;
  };

  it("tells its output under the attempt's token", async () => {
    const double: TaskFunction = (n, { idempotencyKey }) => ({ twice: 2 * Number(n), idempotencyKey });
    expect(await serve(double, 21)).toEqual([
      ["queue", { token: "r/0/1/t", result: { ok: true, output: { twice: 42, idempotencyKey: "r/t" } } }],
    ]);
  });

  it("does nothing for a probe of an update, and tells nobody", async () => {
    const [work, send] = [vi.fn(), vi.fn()];
    expect(await serveTask(work, send)({ qmoi: "probe" } as never, { getRemainingTimeInMillis: () => 60_000 })).toMatchObject({
      qmoi: "well",
    });
    expect([work, send].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });

  it("tells what it wrote, as much as goes into a message", async () => {
    const writes: TaskFunction = (_, { logger }) => {
      for (let n = 0; n < 100; n++) logger.info("x".repeat(1000));
      return null;
    };
    const platform = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const [[, { output }]] = (await serve(writes, null)) as [[string, Completion]];
    expect(platform).toHaveBeenCalledTimes(100);
    platform.mockRestore();
    const text = output?.map((chunk) => chunk.text).join("") ?? "";
    expect(text).toHaveLength(64 * 1024);
    expect(output?.[0]).toMatchObject({ stream: "log", text: expect.stringContaining('"message":"xxx') });
  });

  it("tells what it threw", async () => {
    const throws: TaskFunction = () => {
      throw new Error("no");
    };
    expect(await serve(throws, null)).toMatchObject([["queue", { result: { ok: false, failure: { class: "exception", message: "no" } } }]]);
  });

  it("is aborted before the platform ends it, so that it can tell of it", async () => {
    vi.useFakeTimers();
    const endless: TaskFunction = () => new Promise(() => undefined);
    const served = serve(endless, null, 10_000);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await served).toMatchObject([["queue", { result: { ok: false, failure: { class: "timeout" } } }]]);
  });
});
