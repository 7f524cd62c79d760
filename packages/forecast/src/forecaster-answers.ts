import type { Forecast } from "./forecast.ts";
import type { Method } from "./model/track.ts";

/** Why a new training is due. */
export interface TrainingDue {
  readonly due: boolean;
  readonly reason?: "untrained" | "grown" | "drift" | "coverage";
}

/** How many times as much tasks of a type take on one subject as on others, and of how many runs that is known. */
export interface KnownSubject {
  readonly subject: string;
  readonly factor: number;
  readonly runs: number;
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
  /** What the task works on, where it takes more or less than others of its type by that: the points hold it. */
  readonly subject?: KnownSubject;
  /** Of the subjects of its type, those on which it takes longest; none where it takes as long on all. */
  readonly longest: readonly KnownSubject[];
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
