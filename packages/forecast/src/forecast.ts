import { COVERAGE } from "./coverage.ts";
import type { Prediction } from "./model/case.ts";
import { BOUNDS, type Quantity, TASK_LEVELS } from "./task-features.ts";

/** From which history a forecast comes: the task's type, program or workflow, what the user declared, or all tasks. */
export type ForecastLevel = (typeof TASK_LEVELS)[number] | "declared";

/** From the task's own history to everybody's. */
export const LEVELS_BY_TRUST: readonly ForecastLevel[] = ["type", "program", "workflow", "declared", "global"];

/** What to expect of a quantity, in its own unit (seconds, bytes). No forecast is shown without its interval, level and backtest error. */
export interface Forecast {
  readonly point: number;
  /** Interval that is to hold the value with the probability `coverageTarget`: half of the rest lies on either side. */
  readonly lo: number;
  readonly hi: number;
  /** Bound that the value is to stay below with a probability of 0.9. */
  readonly p90: number;
  readonly coverageTarget: number;
  readonly level: ForecastLevel;
  readonly method: Prediction["method"];
  /** Typical relative error of such forecasts on runs that they were not made from: 0.35 means off by 35%. */
  readonly backtestError: number;
  /** Outcomes that the level's history holds. */
  readonly observations: number;
  /** `widened`: values left their intervals too often, which are wider since. `drifted`: values changed lastingly; the latest ones are the forecast. */
  readonly state: Prediction["state"];
}

/** Whether it comes from what other tasks took: nothing of the task's own type has ended before, and nobody said how long it takes. */
export const isUntried = ({ level }: Pick<Forecast, "level">): boolean => level !== "type" && level !== "declared";

/** A prediction of a logarithm as a forecast of the quantity itself, within what there is. */
export const forecastOf = (prediction: Prediction, quantity: Quantity): Forecast => {
  const [low = 0, upper = 0, high = 0] = prediction.quantiles;
  const [least, most] = BOUNDS[quantity];
  const within = (logarithm: number): number => Math.min(most, Math.max(least, Math.exp(logarithm)));
  return {
    point: within(prediction.point),
    lo: within(low),
    hi: within(high),
    p90: within(upper),
    coverageTarget: COVERAGE,
    level: TASK_LEVELS[prediction.level] ?? "declared",
    method: prediction.method,
    backtestError: Math.expm1(prediction.backtestError),
    observations: prediction.observations,
    state: prediction.state,
  };
};

/** What memory to reserve for a task, and why. */
export interface MemoryRequest {
  /** Bytes that the user asked for. */
  readonly requested?: number;
  /** Bytes that the attempt before had when it ran out of memory. */
  readonly exhausted?: number;
}

/**
 * Bytes to reserve for a task; undefined if neither a forecast nor a request says anything. The forecast's upper bound, but not more than requested;
 * after running out of memory twice what there was, and more than requested only once the request itself did not suffice.
 */
export const memoryToReserve = (forecast: Forecast | undefined, { requested, exhausted }: MemoryRequest): number | undefined => {
  const expected = forecast?.hi ?? requested;
  if (exhausted === undefined) return expected === undefined ? undefined : Math.ceil(Math.min(expected, requested ?? expected));
  const doubled = Math.max(2 * exhausted, expected ?? 0);
  const limit = requested === undefined || exhausted >= requested ? 2 * exhausted : requested;
  return Math.ceil(Math.min(doubled, Math.max(limit, exhausted)));
};
