import fc from "fast-check";
import type { SimulatedRun, SimulatedWorkflow } from "../simulate/simulate.ts";
import { graphOf, type TaskGraph } from "../task-graph.ts";
import { forecastWorkflow, type WorkflowForecast } from "../workflow-forecast.ts";
import { WorkflowRanks } from "../workflow-ranks.ts";

/** Graphs of tasks that need only tasks before them. */
export const arbitraryGraph = (most: number): fc.Arbitrary<TaskGraph> =>
  fc
    .array(fc.array(fc.nat(1000), { maxLength: 3 }), { minLength: 1, maxLength: most })
    .map((needs) =>
      graphOf(needs.map((each, task) => (task === 0 ? [] : [...new Set(each.map((need) => need % (task + 1)))].filter((n) => n < task)))),
    );

interface Shape {
  readonly workflow: SimulatedWorkflow;
  readonly forecast: WorkflowForecast;
}

/** Workflows of a few tasks that take whole seconds, some at the same time, with forecasts that have nothing to do with it. */
export const arbitraryWorkflow = ({ pools, slots }: { readonly pools: number; readonly slots: number }): fc.Arbitrary<Shape> =>
  arbitraryGraph(9).chain((graph) => {
    const size = graph.needsAt.length - 1;
    const each = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: size, maxLength: size });
    return fc
      .record({
        seconds: each(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 90 }))),
        predicted: each(fc.double({ min: 0.1, max: 100, noNaN: true })),
        kinds: each(fc.integer({ min: 0, max: 2 })),
        variances: each(fc.double({ min: 0, max: 2, noNaN: true })),
        untried: each(fc.boolean()),
        slots: each(fc.integer({ min: 1, max: slots })),
        pools: each(fc.integer({ min: 0, max: pools - 1 })),
        priorities: each(fc.constantFrom(5, 5, 5, 1, 10)),
      })
      .map((made) => {
        const taken = Int32Array.from(made.slots);
        const { predicted, kinds, variances, untried } = made;
        return {
          forecast: forecastWorkflow(graph, predicted, { slots: taken, kinds, variances, untried }),
          workflow: {
            name: "random",
            ranks: new WorkflowRanks(graph, { priorities: made.priorities }),
            seconds: Float64Array.from(made.seconds),
            slots: taken,
            pools: Int32Array.from(made.pools),
          },
        };
      });
  });

/** Runs of such workflows by arrival, some at once, some with a priority or a deadline. */
export const arbitraryRuns = (limits: { readonly pools: number; readonly slots: number }): fc.Arbitrary<SimulatedRun[]> =>
  fc
    .array(
      fc.record({
        shape: arbitraryWorkflow(limits),
        at: fc.oneof(fc.constant(0), fc.nat(200_000)),
        priority: fc.constantFrom(5, 5, 5, 1, 3, 10),
        byRank: fc.boolean(),
        deadline: fc.option(fc.nat(300_000), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((made) =>
      made
        .map(({ shape, at, priority, byRank, deadline }) => ({
          ...shape,
          at,
          priority,
          byRank,
          ...(deadline === undefined ? {} : { deadlineAt: at + deadline }),
        }))
        .sort((a, b) => a.at - b.at),
    );
