import { describe, expect, it } from "vitest";
import type { Candidate, FirstOfKind } from "../order.ts";
import { simulate } from "../simulate/simulate.ts";
import { graphOf } from "../task-graph.ts";
import { forecastWorkflow } from "../workflow-forecast.ts";
import { WorkflowRanks } from "../workflow-ranks.ts";
import { expectedWork, fast } from "./index.ts";

const EXPECTED = 1000;
const none = () => 0;
const candidate = (first?: FirstOfKind): Candidate => ({
  demand: {
    run: "r",
    workflow: "w",
    priority: 5,
    createdAt: 0,
    work: { predicted: EXPECTED, remaining: EXPECTED, expected: EXPECTED, total: EXPECTED, path: 1 },
  },
  ranked: {
    byRank: true,
    priority: none,
    rank: none,
    forecastRank: none,
    readyAt: none,
    downstream: none,
    upstream: none,
    firstOf: () => first,
  },
  task: 0,
  slots: 1,
});

describe("what a run counts as with its next task", () => {
  it("is what is expected of it where nothing more is known of the kind", () => {
    expect(expectedWork(candidate(), 0)).toBe(EXPECTED);
    expect(expectedWork(candidate({ untried: false, seconds: 5, expected: () => EXPECTED }), 0)).toBe(EXPECTED);
  });

  it("is ten times the first task of a kind that was never tried, where that is less", () => {
    expect(expectedWork(candidate({ untried: true, seconds: 5, expected: () => EXPECTED }), 0)).toBe(50);
    expect(expectedWork(candidate({ untried: true, seconds: 5000, expected: () => EXPECTED }), 0)).toBe(EXPECTED);
  });

  it("grows as the first task takes longer than predicted, by the share of its kind", () => {
    const first = { untried: true, seconds: 10, expected: () => 400, since: 50_000 };
    const at = (seconds: number): number => expectedWork(candidate(first), 50_000 + 1000 * seconds);
    expect([at(0), at(10), at(20), at(100)]).toEqual([EXPECTED, EXPECTED, EXPECTED + 400, EXPECTED + 3600]);
    // No clock is so exact that a task of some milliseconds is late.
    expect(expectedWork(candidate({ ...first, seconds: 0.001 }), 51_000)).toBe(EXPECTED);
  });
});

describe("runs of which nothing like it was tried", () => {
  const wide = { name: "wide", ranks: new WorkflowRanks(graphOf(Array.from({ length: 8 }, () => []))), seconds: new Float64Array(8) };
  /** Eight tasks that take so many seconds, of which one was predicted. */
  const unknown = (seconds: number) => {
    const workflow = { ...wide, seconds: wide.seconds.map(() => seconds) };
    const [kinds, untried] = [new Array<number>(8).fill(0), new Array<boolean>(8).fill(true)];
    return { workflow, forecast: forecastWorkflow(wide.ranks.graph, new Array<number>(8).fill(1), { kinds, untried }), at: 0 };
  };
  const known = (at: number) => {
    const workflow = { ...wide, seconds: wide.seconds.map(() => 5) };
    return { workflow, forecast: forecastWorkflow(wide.ranks.graph, workflow.seconds, { kinds: new Array(8).fill(0) }), at };
  };
  const startsOf = (runs: Parameters<typeof simulate>[0]["runs"]) =>
    simulate({ runs, pools: [2], steering: { policy: fast } }).map(({ starts }) => [...starts].sort((a, b) => a - b));

  it("show by one task how long they take, and are done first where that is short", () => {
    const [tried, other] = startsOf([unknown(1), known(0)]);
    expect(tried![0]).toBe(0);
    expect(tried!.at(-1)).toBeLessThan(10_000);
    expect(other!.at(-1)).toBeGreaterThan(tried!.at(-1)!);
  });

  it("wait where their first task is late, and one of them holds one slot", () => {
    const [tried, other] = startsOf([unknown(100), known(3000)]);
    expect(tried!.slice(0, 2)).toEqual([0, 0]);
    const [late, first] = startsOf([unknown(100), known(0)]);
    expect(late![0]).toBe(0);
    expect(late![1]).toBeGreaterThanOrEqual(first!.at(-1)!);
    expect(other!.at(-1)).toBeGreaterThan(first!.at(-1)!);
  });
});
