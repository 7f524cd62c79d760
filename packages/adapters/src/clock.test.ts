import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "./clock.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("SystemClock", () => {
  const clock = new SystemClock();

  it("tells the time since 1970 and a monotonic time", () => {
    expect(clock.now()).toBe(1_000_000);
    const before = clock.monotonic();
    vi.advanceTimersByTime(250);
    expect(clock.now()).toBe(1_000_250);
    expect(clock.monotonic() - before).toBe(250);
  });

  it("calls once after the time, and not if cancelled", () => {
    const calls: string[] = [];
    clock.after(100, () => calls.push("kept"));
    const cancel = clock.after(100, () => calls.push("cancelled"));
    vi.advanceTimersByTime(99);
    expect(calls).toEqual([]);
    cancel();
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(["kept"]);
  });

  it("waits for longer than a timer can, and can still be cancelled", () => {
    const year = 365 * 86_400_000;
    const calls: string[] = [];
    clock.after(year, () => calls.push("kept"));
    const cancel = clock.after(year, () => calls.push("cancelled"));
    vi.advanceTimersByTime(year - 1);
    expect(calls).toEqual([]);
    cancel();
    vi.advanceTimersByTime(1);
    expect(calls).toEqual(["kept"]);
  });
});
