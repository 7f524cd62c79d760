import type { Forecast } from "./forecast.ts";
import type { Method } from "./model/track.ts";

/** Why a new training is due. */
export interface TrainingDue {
  readonly due: boolean;
  readonly reason?: "untrained" | "grown" | "drift" | "coverage";
}

/** How a forecast came about. */
export interface Explanation {
  readonly forecast: Forecast;
  /** What each method says, in the quantity's unit, and its typical relative error, and the share that it has in the forecast; the largest first. */
  readonly candidates: readonly {
    readonly method: Method;
    readonly point: number;
    readonly backtestError: number;
    readonly share: number;
  }[];
  /** Features by what the forest loses without them, largest first, as shares of all. */
  readonly importance: readonly { readonly feature: string; readonly share: number }[];
}

/** What is known of a type. */
export interface TypeProfile {
  readonly type: string;
  readonly observations: number;
  /** Median and 0.05 and 0.95 quantiles of what was seen, in seconds. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Latest seconds, oldest first. */
  readonly recent: readonly number[];
  readonly backtestError: Readonly<Record<Method, number>>;
  /** Share of the latest values inside their intervals; NaN before any. */
  readonly coverage: number;
  readonly widening: number;
  readonly drifts: number;
}
