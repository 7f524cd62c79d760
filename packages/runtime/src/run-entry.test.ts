import { compile } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import type { Json } from "@qmoi/core";
import { fair, forecastWorkflow, TaskHeap, WorkflowRanks } from "@qmoi/intelligent-scheduler";
import { describe, expect, it } from "vitest";
import type { HeaderItem } from "./items.ts";
import { type FactorsOf, RunEntry } from "./run-entry.ts";

const wait = { target: { type: "wait", seconds: 1 } };
const forEach = { list: "[]", max: 100 };
const graph = compile(
  {
    name: "w",
    tasks: [
      { name: "long", ...wait },
      { name: "each", ...wait, forEach },
      { name: "other", ...wait, forEach },
    ],
  } as unknown as Workflow,
  "w",
);
const header = { pk: "R#r", sk: "H", v: 1, wf: "w", ver: "1", st: "running", pr: 5, ca: 0, sa: 0, n: 3, small: true } as HeaderItem;
const factors: Readonly<Record<string, number>> = { short: 0.25, long: 4, longest: 6 };
const factorsOf: FactorsOf = (_, { name }, list) =>
  name === "each" ? Float64Array.from(list, (item) => factors[item as string] ?? 1) : undefined;

/** Ten seconds for the first task, four for an instance of either list. */
const predicted = (byRank: boolean) => {
  const work = forecastWorkflow(graph, [10, 4, 4]);
  return { work, ranks: new WorkflowRanks(graph), byRank };
};
const items: readonly Json[] = ["short", "new", "longest", "long"];
const expanded = (byRank: boolean): RunEntry => {
  const entry = new RunEntry(header, graph, {}, new Map(), new Map());
  entry.predict(predicted(byRank), factorsOf);
  entry.expand(1, items, "list", 5);
  entry.expand(2, ["a", "b"], "other", 5);
  return entry;
};
const order = (entry: RunEntry): string[] => {
  const heap = new TaskHeap(entry.ranked, fair);
  for (let task = 0; task < entry.state.size; task++) if (task === 0 || task > 2) heap.push(task);
  return Array.from({ length: heap.size }, () => entry.state.nameOf(heap.pop() as number));
};

describe("the instances of a forEach in a run's order", () => {
  it("go by what each is for: by rank among all tasks, or else among those of their list", () => {
    expect(order(expanded(true))).toEqual(["each[2]", "each[3]", "long", "each[1]", "other[0]", "other[1]", "each[0]"]);
    expect(order(expanded(false))).toEqual(["long", "each[2]", "each[3]", "each[1]", "each[0]", "other[0]", "other[1]"]);
  });

  it("take as long as predicted when they take as long as they are each predicted to", () => {
    const entry = expanded(false);
    // 10 for the first task, 4 · (0.25 + 1 + 6 + 4) for one list, 4 · 2 for the other.
    expect(entry.work?.remaining).toBeCloseTo(63, 9);
    entry.begin(5, 1000);
    expect(entry.ranked.firstOf?.(5)).toMatchObject({ seconds: 24, since: 1000 });
    entry.leave(5);
    entry.took(5, 24);
    expect(entry.work?.remaining).toBeCloseTo(39, 9);
    entry.state.finish(3, "skipped");
    expect(entry.work?.remaining).toBeCloseTo(38, 9);
  });

  it("are as they are predicted where the run is read from the store", () => {
    const exp = [
      [1, 3, 4, "list"],
      [2, 7, 2, "other"],
    ] as const;
    const lists = new Map([
      [1, items],
      [2, ["a", "b"]],
    ]);
    const loaded = new RunEntry({ ...header, n: 9, exp }, graph, {}, lists, new Map());
    loaded.state.finish(3, "skipped");
    loaded.predict(predicted(true), factorsOf);
    loaded.recall(new Map());
    expect(loaded.work?.remaining).toBeCloseTo(62, 9);
    expect(order(loaded)).toEqual(order(expanded(true)));
    expect([3, 4, 5, 6, 7].map(loaded.instances.factor)).toEqual([0.25, 1, 6, 4, 1]);
    expect([0, 3, 6, 7, 8].map(loaded.instances.list)).toEqual([0, 3, 3, 7, 8]);
  });

  it("are all alike where nothing tells them apart", () => {
    const entry = new RunEntry(header, graph, {}, new Map(), new Map());
    entry.predict(predicted(true), (_, __, list) => new Float64Array(list.length).fill(1));
    entry.expand(1, items, "list", 5);
    expect(entry.ranked.instances).toBeUndefined();
    expect(order(entry)).toEqual(["long", "each[0]", "each[1]", "each[2]", "each[3]"]);
  });
});
