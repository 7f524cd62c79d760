import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { POLICIES, policyNamed } from "../policies/index.ts";
import { graphOf } from "../task-graph.ts";
import { arbitraryRuns } from "../testing/arbitrary.ts";
import { naiveSimulation } from "../testing/naive-simulation.ts";
import { forecastWorkflow } from "../workflow-forecast.ts";
import { WorkflowRanks } from "../workflow-ranks.ts";
import { type SimulatedRun, type SimulatedWorkflow, simulate } from "./simulate.ts";

const SLOTS = 4;

const workflow = (needs: readonly (readonly number[])[], seconds: readonly number[], slots?: readonly number[]): SimulatedWorkflow => ({
  name: "example",
  ranks: new WorkflowRanks(graphOf(needs)),
  seconds: Float64Array.from(seconds),
  ...(slots ? { slots: Int32Array.from(slots) } : {}),
});
const known = (of: SimulatedWorkflow, at: number): SimulatedRun => ({
  workflow: of,
  forecast: forecastWorkflow(of.ranks.graph, of.seconds, of.slots ? { slots: of.slots } : {}),
  at,
});

describe("simulate", () => {
  it.each(POLICIES.map((policy) => [policy.name, policy] as const))("gives the naive simulation's schedule: %s", (_, policy) => {
    fc.assert(
      fc.property(arbitraryRuns({ pools: 2, slots: SLOTS }), fc.integer({ min: SLOTS, max: 6 }), (runs, slots) => {
        const pools = [slots, SLOTS];
        const fast = simulate({ runs, pools, steering: { policy } });
        const slow = naiveSimulation(runs, pools, policy);
        expect(fast.map(({ starts, endedAt }) => ({ starts: [...starts], endedAt }))).toEqual(
          slow.map(({ starts, endedAt }) => ({ starts: [...starts], endedAt })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each(POLICIES.map((policy) => [policy.name, policy] as const))("keeps needs and slots, and leaves no slot idle: %s", (_, policy) => {
    fc.assert(
      fc.property(arbitraryRuns({ pools: 1, slots: 1 }), fc.integer({ min: 1, max: 4 }), (runs, slots) => {
        const schedules = simulate({ runs, pools: [slots], steering: { policy } });
        const tasks = runs.flatMap(({ workflow: { ranks, seconds }, at }, run) => {
          const { starts } = schedules[run]!;
          const endOf = (task: number): number => starts[task]! + 1000 * seconds[task]!;
          return [...starts].map((start, task) => {
            const needs = [...ranks.graph.needs.subarray(ranks.graph.needsAt[task], ranks.graph.needsAt[task + 1])];
            return { ready: Math.max(at, ...needs.map(endOf)), start, end: endOf(task) };
          });
        });
        for (const { ready, start } of tasks) {
          expect(start).toBeGreaterThanOrEqual(ready);
          const running = tasks.filter((other) => other.start <= start && other.end > start).length;
          expect(running).toBeLessThanOrEqual(slots);
          // Whatever waits, waits because all slots are taken.
          for (const moment of tasks.map((other) => other.end).filter((end) => end >= ready && end < start)) {
            expect(tasks.filter((other) => other.start <= moment && other.end > moment).length).toBe(slots);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("tells when tasks start and runs end", () => {
    const diamond = workflow([[], [0], [0], [1, 2]], [1, 2, 5, 1]);
    const [first, second] = simulate({
      runs: [known(diamond, 0), known(diamond, 500)],
      pools: [2],
      steering: { policy: policyNamed("workflow-fifo") },
    });
    expect([...first!.starts]).toEqual([0, 1000, 1500, 6500]);
    expect(first!.endedAt).toBe(7500);
    expect([...second!.starts]).toEqual([500, 3000, 5000, 10_000]);
  });

  it("lets smaller tasks overtake one that doesn't fit, then keeps its place", () => {
    const wide = workflow([[]], [10], [2]);
    const narrow = workflow([[]], [20]);
    const runs = [known(narrow, 0), known(wide, 1), ...Array.from({ length: 6 }, (_, i) => known(narrow, 2 + 9_000 * i))];
    const [, waited, ...rest] = simulate({ runs, pools: [2], steering: { policy: policyNamed("workflow-fifo") } });
    // After 30 s nothing overtakes any more: the first slot to be free stays free until the second is.
    expect(waited!.starts[0]).toBe(40_002);
    expect(rest.map(({ starts }) => starts[0])).toEqual([2, 20_000, 20_002, 50_002, 50_002, 70_002]);
  });

  it("asks which policy is in force each time", () => {
    const [short, long] = [workflow([[]], [1]), workflow([[]], [9])];
    const steering = { policy: policyNamed("workflow-fifo"), observe: () => Object.assign(steering, { policy: policyNamed("fast") }) };
    const schedules = simulate({ runs: [known(long, 0), known(long, 1), known(long, 2), known(short, 3)], pools: [1], steering });
    expect(schedules.map(({ starts }) => starts[0])).toEqual([0, 10_000, 19_000, 9_000]);
  });

  it("ends at once what has no tasks, and never what takes more than there is", () => {
    const steering = { policy: policyNamed("fair") };
    expect(simulate({ runs: [known(workflow([], []), 7)], pools: [1], steering })[0]!.endedAt).toBe(7);
    const [never] = simulate({ runs: [known(workflow([[]], [1], [2]), 0)], pools: [1], steering });
    expect(never!.starts[0]).toBeNaN();
    expect(never!.endedAt).toBeNaN();
  });
});
