import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ranked } from "./order.ts";
import { TaskHeap } from "./task-heap.ts";

/** Of equal keys the smaller number goes first, in either direction. */
const upwards = { taskBefore: (ranked: Ranked, a: number, b: number) => ranked.rank(a) < ranked.rank(b) || same(ranked, a, b) };
const downwards = { taskBefore: (ranked: Ranked, a: number, b: number) => ranked.rank(a) > ranked.rank(b) || same(ranked, a, b) };
const same = (ranked: Ranked, a: number, b: number): boolean => ranked.rank(a) === ranked.rank(b) && a < b;

type Policy = ConstructorParameters<typeof TaskHeap>[1];

/** -1 takes the first, -2 turns the order round, anything else is pushed with that key. */
const steps = fc.array(fc.oneof(fc.integer({ min: -2, max: 20 }), fc.constant(-1)), { maxLength: 200 });

describe("TaskHeap", () => {
  it("gives what was pushed in the order in force, whatever came when", () => {
    void fc.assert(
      fc.property(steps, (all) => {
        const ranks: number[] = [];
        const ranked = { rank: (task: number) => ranks[task] as number } as Ranked;
        let policy = upwards;
        const heap = new TaskHeap(ranked, policy as Policy);
        let there: number[] = [];
        for (const step of all) {
          if (step === -2) {
            policy = policy === upwards ? downwards : upwards;
            heap.under(policy as Policy);
          } else if (step === -1) {
            const first = there.toSorted((a, b) => (policy.taskBefore(ranked, a, b) ? -1 : 1))[0];
            expect(heap.peek()).toBe(first);
            expect(heap.pop()).toBe(first);
            there = there.filter((task) => task !== first);
          } else {
            there.push(ranks.push(step) - 1);
            heap.push(ranks.length - 1);
          }
          expect(heap.size).toBe(there.length);
        }
      }),
    );
  });

  it("compares little where tasks come in their order", () => {
    let compared = 0;
    const taskBefore = (_: Ranked, a: number, b: number): boolean => {
      compared++;
      return a < b;
    };
    const heap = new TaskHeap({} as Ranked, { taskBefore } as Policy);
    for (let task = 0; task < 1000; task++) heap.push(task);
    for (let task = 0; task < 1000; task++) expect(heap.pop()).toBe(task);
    expect(compared).toBeLessThan(1000);
  });
});
