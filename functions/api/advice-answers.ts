import * as z from "zod";
import { runForecastAnswer } from "./forecast-answers.ts";

const count = z.int();
const shareOrNone = z.number().nullable();

const standing = z
  .strictObject({ accuracy: shareOrNone, pairs: count, failing: z.boolean() })
  .describe("Share of pairs of the latest runs that forecasts put in the right order of size; failing: they are not followed.");

export const taskProfileAnswer = z.strictObject({
  type: z.string(),
  workflows: z.array(z.string()),
  pools: z.array(z.string()),
  tasks: count,
  attempts: count,
  succeeded: count,
  seconds: z.strictObject({ p10: shareOrNone, median: shareOrNone, p90: shareOrNone }).describe("Of tries that succeeded."),
  waited: z.strictObject({ median: z.number(), p90: z.number() }).describe("Seconds from ready to started."),
  characteristics: z.strictObject({
    cpuShare: shareOrNone.describe("CPU time over run time."),
    peakMemoryBytes: shareOrNone,
    shareOfWork: z.number().describe("Of the slot time of all recorded work."),
  }),
  variability: z.strictObject({ ratio: shareOrNone.describe("p90 over p10."), is: z.enum(["steady", "varies", "wild"]) }),
  trend: z
    .strictObject({ direction: z.enum(["rising", "falling", "steady"]), perDay: z.number(), z: z.number() })
    .nullable()
    .describe("Of its run time; perDay as a share, z by Mann and Kendall."),
  bestHour: z.strictObject({ hour: count, saves: z.number(), inside: count, outside: count }).nullable().describe("Of the day, in UTC."),
  failures: z
    .strictObject({
      count,
      rate: z.number(),
      lostSeconds: z.number(),
      delaySeconds: shareOrNone,
      lostSecondsPerDay: z.number(),
    })
    .nullable()
    .describe("What failed tries cost."),
});

const scorePart = z.strictObject({
  name: z.enum(["remaining work", "weight", "response ratio", "deadline", "age", "next task"]),
  value: z.number(),
  says: z.string(),
});

export const orderAnswer = z.strictObject({
  policy: z.string().describe("In force."),
  configured: z.string(),
  standing,
  says: z.string(),
  pools: z.array(
    z.strictObject({
      pool: z.string(),
      slots: count,
      waiting: count,
      runs: z.array(
        z.strictObject({
          run: z.string(),
          workflow: z.string(),
          priority: count,
          task: z.string().describe("What it would start next."),
          taskOrder: z.string().nullable().describe("The order of its own tasks, and why; null where the policy does without forecasts."),
          score: z.number().describe("The lowest goes first."),
          formula: z.string(),
          parts: z.array(scorePart),
          forecast: runForecastAnswer.nullable(),
        }),
      ),
    }),
  ),
});

const figures = z.strictObject({ mean: z.number(), weighted: z.number(), p95: z.number(), late: count });

export const recommendationAnswer = z.strictObject({
  kind: z.enum(["slots", "policy", "fallback", "failures", "trend", "hour"]),
  about: z.string(),
  says: z.string(),
  setting: z.strictObject({ document: z.string(), path: z.string(), value: z.union([z.number(), z.string()]) }).nullable(),
  savesSecondsPerDay: z.number(),
  evidence: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("simulation"), runs: count, tasks: count, days: z.number(), before: figures, after: figures }),
    z.strictObject({ kind: z.literal("history"), observations: count, days: z.number() }),
    z.strictObject({ kind: z.literal("forecasts"), accuracy: shareOrNone, pairs: count }),
  ]),
});

export const recommendationsAnswer = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  history: z.strictObject({ runs: count, tasks: count, days: z.number() }),
  policy: z.string(),
  standing,
  recommendations: z.array(recommendationAnswer),
});

/** Names under which the description of the API and its client know these. */
export const ADVICE_SCHEMAS = {
  TaskProfile: taskProfileAnswer,
  StandingOrder: orderAnswer,
  Recommendation: recommendationAnswer,
  Recommendations: recommendationsAnswer,
} as const;

export type TaskProfileAnswer = z.output<typeof taskProfileAnswer>;
export type OrderAnswer = z.output<typeof orderAnswer>;
export type RecommendationAnswer = z.output<typeof recommendationAnswer>;
export type RecommendationsAnswer = z.output<typeof recommendationsAnswer>;
