import { expect, it, vi } from "vitest";
import { openedLate } from "./opened-late.ts";

interface Counter {
  readonly start: () => number;
  readonly next: (by: number) => Promise<number>;
}

it("opens the object once, when a method that isn't given is first called", async () => {
  const open = vi.fn(async (): Promise<Counter> => ({ start: () => 0, next: async (by) => by + 1 }));
  const late = openedLate(open, { start: () => 7 });
  expect(late.start()).toBe(7);
  expect(open).not.toHaveBeenCalled();
  expect([await late.next(1), await late.next(2)]).toEqual([2, 3]);
  expect(open).toHaveBeenCalledTimes(1);
});

it("is no promise: one may be what another opens", async () => {
  const late = openedLate(async () => openedLate(async (): Promise<Counter> => ({ start: () => 0, next: async (by) => by + 1 })));
  expect(await late.next(1)).toBe(2);
});
