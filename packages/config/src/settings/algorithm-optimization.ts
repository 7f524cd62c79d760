import * as z from "zod";

/** Policies that order work, the default last. */
export const POLICY_NAMES = [
  "ready-fifo",
  "workflow-fifo",
  "static-priority",
  "downstream",
  "upstream",
  "absolute",
  "critical-path",
  "least-remaining",
  "fast",
  "fair",
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** They know how long tasks will take in truth, which only a benchmark on recorded executions does. */
export const ORACLE_NAMES = ["oracle-fast", "oracle-fair"] as const;

/** What learns forecasts: QMOI's own forest, or the library of that name. */
export const FOREST_ENGINES = ["forest", "ml-random-forest"] as const;

const policySchema = z.enum(POLICY_NAMES, {
  error: ({ input }) =>
    (ORACLE_NAMES as readonly unknown[]).includes(input)
      ? `${input} knows run times before the work is done: it is for benchmarks only; choose one of ${POLICY_NAMES.join(", ")}`
      : undefined,
});

export const algorithmOptimizationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    order: z
      .strictObject({
        policy: policySchema
          .default("fair")
          .describe("Which work goes first. While forecasts fail, workflow-fifo stands in for those that go by them."),
        ageing: z
          .number()
          .min(0)
          .max(4)
          .default(1)
          .describe("How much waiting counts for the policy fair: the power of a run's response ratio. 0 orders as fast does."),
        priorityFactor: z
          .number()
          .min(1)
          .max(10)
          .default(2)
          .describe("What a step of declared priority is worth for the policies fast and fair: so many times the run's weight."),
      })
      .prefault({})
      .describe("The order of work."),
    forecasts: z
      .strictObject({
        engine: z
          .enum(FOREST_ENGINES)
          .default("forest")
          .describe("What learns forecasts, from the next training on. ml-random-forest is a library: slower, for comparison."),
      })
      .prefault({})
      .describe("Forecasts of run time and memory."),
  })
  .meta({ title: "Algorithm optimization", description: "Which policy orders work, how it is tuned, and what learns forecasts." });

export type AlgorithmOptimizationConfig = z.output<typeof algorithmOptimizationSchema>;
