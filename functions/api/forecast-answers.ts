import * as z from "zod";

const time = z.iso.datetime({ precision: 3 });
const share = z.number().nullable();
/** What to expect of a quantity, in its unit; never without its interval, level and backtest error. */
export const forecastAnswer = z.strictObject({
  point: z.number(),
  lo: z.number(),
  hi: z.number(),
  p90: z.number().describe("It stays below with a probability of 0.9."),
  coverageTarget: z.number().describe("Probability of lying between lo and hi."),
  level: z.enum(["type", "program", "workflow", "global", "declared"]),
  method: z.enum(["median", "linear", "forest", "declared", "recent"]),
  backtestError: z.number().describe("Typical relative error on runs that it was not made from."),
  observations: z.int(),
  state: z.enum(["steady", "widened", "drifted"]),
});

const interval = z.strictObject({ lo: z.number(), hi: z.number() });
/** When a run will have ended, in seconds from now and as times. */
export const runForecastAnswer = z.strictObject({
  point: z.number(),
  ...interval.shape,
  coverageTarget: z.number(),
  level: forecastAnswer.shape.level,
  backtestError: z.number(),
  tasks: z.int(),
  unknown: z.int().describe("Tasks among them that nothing is known of."),
  endsAt: z.strictObject({ point: time, lo: time, hi: time }),
  deadlineAt: time.nullable(),
  late: interval.nullable().describe("Seconds after its deadline, if it may end after it."),
  says: z.string(),
});

const scoreAnswer = z.strictObject({ loss: share, coverage: share, mdape: share }).describe("On history that was held back.");

export const forecasterAnswer = z.strictObject({
  model: z
    .strictObject({
      number: z.int(),
      trainedAt: time,
      engine: z.string(),
      records: z.int(),
      heldBack: z.int(),
      hash: z.string(),
      score: scoreAnswer,
      before: scoreAnswer.nullable().describe("Of what was in force until then."),
    })
    .nullable(),
  coverage: share.describe("Of the latest run times, since it is in force."),
  due: z.string().nullable().describe("Why a new training is due."),
  types: z.int(),
});

const methodErrors = z.strictObject({ median: z.number(), recent: z.number(), linear: z.number(), forest: z.number() });

export const forecastTypeAnswer = z.strictObject({
  type: z.string(),
  observations: z.int(),
  median: z.number(),
  low: z.number(),
  high: z.number(),
  recent: z.array(z.number()),
  backtestError: methodErrors,
  coverage: share,
  widening: z.number(),
  drifts: z.int(),
  relativeWidth: share.describe(
    "Width of its interval over that of what was seen, on the logarithm; widths under ten percent count as ten.",
  ),
  seconds: forecastAnswer,
});

const knownSubject = z.strictObject({
  subject: z.string(),
  factor: z.number().describe("How many times as much it takes as on others."),
  runs: z.int().describe("How many runs tell that."),
});

const forecastExplanation = z.strictObject({
  forecast: forecastAnswer,
  candidates: z.array(
    z.strictObject({
      method: z.enum(["median", "recent", "linear", "forest"]),
      point: z.number(),
      backtestError: z.number(),
      share: z.number(),
    }),
  ),
  subject: knownSubject.nullable().describe("What it works on, where the forecast differs from others of its type by that."),
  longest: z.array(knownSubject).describe("Of its type's subjects, those on which it takes longest."),
  importance: z.array(z.strictObject({ feature: z.string(), share: z.number() })),
});

export const taskForecastAnswer = z.strictObject({
  workflow: z.string().nullable(),
  task: z.string().nullable(),
  type: z.string(),
  seconds: forecastExplanation,
  memory: forecastExplanation.nullable(),
  instances: z.strictObject({ point: z.number(), lo: z.number(), hi: z.number(), runs: z.int() }).nullable(),
  timeoutSeconds: z.number().nullable(),
  reservedBytes: z.number().nullable(),
});

export const trainingAnswer = z.strictObject({
  result: z.enum(["promoted", "kept", "not-due", "too-little-history", "overtaken"]),
  says: z.string(),
  score: scoreAnswer.nullable(),
  current: scoreAnswer.nullable(),
  trained: z.int(),
  heldBack: z.int(),
});

/** Names under which the description of the API and its client know these. */
export const FORECAST_SCHEMAS = {
  Forecast: forecastAnswer,
  ForecastExplanation: forecastExplanation,
  ForecastType: forecastTypeAnswer,
  ForecasterInForce: forecasterAnswer,
  HeldBackScore: scoreAnswer,
  KnownSubject: knownSubject,
  RunForecast: runForecastAnswer,
  TaskForecast: taskForecastAnswer,
  Training: trainingAnswer,
} as const;

export type ForecastAnswer = z.output<typeof forecastAnswer>;
export type RunForecastAnswer = z.output<typeof runForecastAnswer>;
export type ForecasterAnswer = z.output<typeof forecasterAnswer>;
export type ForecastTypeAnswer = z.output<typeof forecastTypeAnswer>;
export type TaskForecastAnswer = z.output<typeof taskForecastAnswer>;
export type TrainingAnswer = z.output<typeof trainingAnswer>;
