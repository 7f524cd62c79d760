import type { TaskDefinition, Workflow } from "@qmoi/config";
import { workflowSchema } from "@qmoi/config/workflow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIT, isTerminal, packBits, unpackBits } from "./bits.ts";
import { compile } from "./graph.ts";
import { RunState } from "./run-state.ts";
import type { Outcome } from "./task-record.ts";

const wait = { type: "wait", seconds: 0 } as const;
const workflow = (tasks: object[]): Workflow => workflowSchema.parse({ name: "w", tasks });

/** A random graph: tasks need only earlier ones. */
const graphs = fc
  .array(fc.array(fc.tuple(fc.nat(), fc.constantFrom("success", "failure", "always")), { maxLength: 3 }), { minLength: 1, maxLength: 14 })
  .map((rows) =>
    rows.map((needs, n) => ({
      name: `t${n}`,
      target: wait,
      needs: n === 0 ? [] : [...new Map(needs.map(([at, on]) => [at % n, { task: `t${at % n}`, on }])).values()],
    })),
  );

/** The obvious meaning of needs, from outcomes alone: to a fixed point. */
const settle = (tasks: readonly TaskDefinition[], ended: Map<string, Outcome>): { ended: Map<string, Outcome>; runnable: string[] } => {
  const all = new Map(ended);
  for (let changed = true; changed; ) {
    changed = false;
    for (const task of tasks) {
      if (all.has(task.name)) continue;
      for (const need of task.needs ?? []) {
        const { task: name, on } = typeof need === "string" ? { task: need, on: "success" } : need;
        const outcome = all.get(name);
        if (outcome === undefined) continue;
        const met = on === "always" ? outcome !== "cancelled" : on === "success" ? outcome === "succeeded" : outcome === "failed";
        if (met) continue;
        all.set(task.name, outcome === "cancelled" ? "cancelled" : "skipped");
        changed = true;
        break;
      }
    }
  }
  const met = (task: TaskDefinition): boolean => (task.needs ?? []).every((need) => all.has(typeof need === "string" ? need : need.task));
  return { ended: all, runnable: tasks.filter((task) => !all.has(task.name) && met(task)).map((task) => task.name) };
};

describe("RunState", () => {
  it("agrees with the obvious meaning of needs after any sequence of ends, and after being read again", () => {
    fc.assert(
      fc.property(graphs, fc.array(fc.tuple(fc.nat(), fc.constantFrom<Outcome>("succeeded", "failed", "cancelled"))), (tasks, ends) => {
        const definition = workflow(tasks);
        const graph = compile(definition, "v");
        let state = new RunState(graph);
        let ended = new Map<string, Outcome>();
        for (const [pick, outcome] of ends) {
          const { runnable } = settle(definition.tasks, ended);
          if (runnable.length === 0) break;
          const name = runnable[pick % runnable.length] as string;
          state.finish(state.numberOf(name) as number, outcome);
          ended = settle(definition.tasks, new Map([...ended, [name, outcome]])).ended;
          // What a restart would read must mean the same.
          if (pick % 3 === 0) {
            const bits = new Uint8Array(state.size);
            unpackBits(packBits(state.bits, 0, state.size), bits, 0, state.size);
            state = new RunState(graph, state.expansions, bits, state.retries);
          }
        }
        const expected = settle(definition.tasks, ended);
        const nameOfBit: Record<number, string> = { 8: "succeeded", 9: "failed", 10: "skipped", 11: "cancelled" };
        for (const task of definition.tasks) {
          const number = state.numberOf(task.name) as number;
          expect(nameOfBit[state.bit(number)]).toBe(expected.ended.get(task.name));
          expect(state.runnable(number)).toBe(expected.runnable.includes(task.name));
        }
        expect(state.open).toBe(definition.tasks.length - expected.ended.size);
        expect(state.failed).toBe([...expected.ended.values()].filter((outcome) => outcome === "failed").length);
      }),
      { numRuns: 400 },
    );
  });

  it("offers each task as runnable once its needs are met, and not before", () => {
    const state = new RunState(
      compile(
        workflow([
          { name: "a", target: wait },
          { name: "b", needs: ["a"], target: wait },
        ]),
        "v",
      ),
    );
    expect(state.takeRunnable()).toEqual([0]);
    state.finish(0, "succeeded");
    expect(state.takeRunnable()).toEqual([1]);
    expect(state.takeRunnable()).toEqual([]);
  });

  it("keeps a gated task back until it is released", () => {
    const state = new RunState(compile(workflow([{ name: "a", when: "true", target: wait }]), "v"));
    expect(state.takeReleased()).toEqual([0]);
    expect(state.runnable(0)).toBe(false);
    state.release(0, 5_000);
    expect(state.runnable(0)).toBe(true);
    expect(state.retries.get(0)).toEqual({ next: 1, tries: 0, at: 5_000 });
  });

  it("keeps back what a fold that was cut off let through, until it knows again that its needs are met", () => {
    const graph = compile(
      workflow([
        { name: "a", target: wait },
        { name: "b", needs: ["a"], when: "true", target: wait },
      ]),
      "v",
    );
    const read = (): RunState => new RunState(graph, [], Uint8Array.of(BIT.pending, BIT.open));
    const state = read();
    expect(state.takeRunnable()).toEqual([0]);
    expect(state.runnable(1)).toBe(false);
    state.finish(0, "succeeded");
    expect(state.takeReleased()).toEqual([0]);
    expect(state.takeRunnable()).toEqual([1]);
    const other = read();
    other.finish(0, "failed");
    expect(other.bit(1)).toBe(BIT.skipped);
  });

  it("keeps back instances that a fold that was cut off let try again, until the needs of their forEach are met", () => {
    const graph = compile(
      workflow([
        { name: "a", target: wait },
        { name: "each", needs: ["a"], forEach: { list: "[1, 2]" }, target: wait },
      ]),
      "v",
    );
    const bits = Uint8Array.of(BIT.pending, BIT.expanded, BIT.open, BIT.pending);
    const state = new RunState(graph, [{ template: 1, offset: 2, count: 2 }], bits);
    expect(state.takeRunnable()).toEqual([0]);
    state.finish(0, "succeeded");
    expect(state.takeRunnable()).toEqual([2, 3]);
  });

  it.each([
    [["succeeded", "succeeded"], "succeeded"],
    [["succeeded", "failed"], "failed"],
    [["cancelled", "succeeded"], "cancelled"],
  ] as const)("joins a forEach whose instances ended as %s to %s", (outcomes, joined) => {
    const graph = compile(
      workflow([
        { name: "each", forEach: { list: "[1, 2]" }, target: wait },
        { name: "after", needs: [{ task: "each", on: "always" }], target: wait },
      ]),
      "v",
    );
    const state = new RunState(graph);
    const expansion = state.expand(0, 2);
    expect(expansion).toEqual({ template: 0, offset: 2, count: 2 });
    expect([2, 3].map((task) => state.nameOf(task))).toEqual(["each[0]", "each[1]"]);
    expect(state.numberOf("each[1]")).toBe(3);
    for (const [k, outcome] of outcomes.entries()) state.finish(2 + k, outcome);
    expect(state.bit(0)).toBe(BIT[joined]);
    expect(state.runnable(1)).toBe(joined !== "cancelled");
  });

  it("succeeds an empty forEach at once", () => {
    const state = new RunState(compile(workflow([{ name: "each", forEach: { list: "[]" }, target: wait }]), "v"));
    expect(state.expand(0, 0)).toEqual({ template: 0, offset: 1, count: 0 });
    expect(state.bit(0)).toBe(BIT.succeeded);
  });

  it("sets back everything but successes on a redrive, and counts attempts on", () => {
    const graph = compile(
      workflow([
        { name: "a", target: wait },
        { name: "b", needs: ["a"], target: wait },
        { name: "c", target: wait },
      ]),
      "v",
    );
    const state = new RunState(graph);
    state.finish(0, "failed");
    state.finish(2, "succeeded");
    expect([0, 1, 2].map((task) => isTerminal(state.bit(task)))).toEqual([true, true, true]);
    state.redrive(
      new Map([
        [0, 2],
        [2, 1],
      ]),
    );
    expect(state.open).toBe(2);
    expect(state.failed).toBe(0);
    expect(state.takeRunnable()).toEqual([0]);
    expect(state.retries.get(0)).toEqual({ next: 3, tries: 0, at: 0 });
    expect(state.bit(2)).toBe(BIT.succeeded);
  });

  const expandedOnce = () => {
    const graph = compile(
      workflow([
        { name: "a", target: wait },
        { name: "each", needs: [{ task: "a", on: "failure" }], forEach: { list: "[1, 2]" }, target: wait },
        { name: "after", needs: ["each"], target: wait },
      ]),
      "v",
    );
    const state = new RunState(graph);
    expect(state.takeReleased()).toEqual([0]);
    expect(state.takeRunnable()).toEqual([0]);
    state.finish(0, "failed");
    expect(state.takeReleased()).toEqual([1]);
    expect(state.expand(1, 2)).toEqual({ template: 1, offset: 3, count: 2 });
    expect(state.takeRunnable()).toEqual([3, 4]);
    state.finish(3, "failed");
    state.finish(4, "succeeded");
    expect([0, 1, 2].map((task) => state.bit(task))).toEqual([BIT.failed, BIT.failed, BIT.skipped]);
    state.redrive(new Map([0, 3, 4].map((task) => [task, 1])));
    return state;
  };

  it("lets the instances of a redriven forEach wait until its needs have ended again", () => {
    const state = expandedOnce();
    expect([0, 1, 2, 3, 4].map((task) => state.bit(task))).toEqual([BIT.pending, BIT.expanded, BIT.pending, BIT.pending, BIT.succeeded]);
    expect(state.takeRunnable()).toEqual([0]);
    state.finish(0, "failed");
    expect(state.takeRunnable()).toEqual([3]);
    state.finish(3, "succeeded");
    expect(state.bit(1)).toBe(BIT.succeeded);
    expect(state.takeRunnable()).toEqual([2]);
  });

  it("skips the instances of a redriven forEach whose needs end otherwise this time", () => {
    const state = expandedOnce();
    state.finish(0, "succeeded");
    expect([1, 2, 3, 4].map((task) => state.bit(task))).toEqual([BIT.skipped, BIT.skipped, BIT.skipped, BIT.succeeded]);
    expect(state.open).toBe(0);
    expect(state.takeRunnable()).toEqual([]);
  });

  it("ends nothing twice", () => {
    const state = new RunState(compile(workflow([{ name: "a", target: wait }]), "v"));
    state.finish(0, "succeeded");
    state.finish(0, "failed");
    state.again(0, { next: 2, tries: 1, at: 0 });
    state.hold(0, { next: 2, tries: 1, at: 0 });
    expect([state.bit(0), state.open, state.failed]).toEqual([BIT.succeeded, 0, 0]);
  });
});

describe("packBits", () => {
  it("round-trips any part", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(15), { maxLength: 300 }), fc.nat(40), (values, from) => {
        const bits = Uint8Array.from([...new Array<number>(from).fill(0), ...values]);
        const read = new Uint8Array(bits.length);
        unpackBits(packBits(bits, from, bits.length), read, from, bits.length);
        expect([...read.subarray(from)]).toEqual(values);
      }),
    );
  });

  it("keeps 2,000 tasks well under a kilobyte and a half", () => {
    expect(packBits(new Uint8Array(2000).fill(8), 0, 2000).length).toBeLessThan(1340);
  });
});
