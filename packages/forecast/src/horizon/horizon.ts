import { type Forecast, type ForecastLevel, LEVELS_BY_TRUST } from "../forecast.ts";

/** When something will be over, in seconds from now, with what the forecast rests on. */
export interface Horizon {
  readonly point: number;
  readonly lo: number;
  readonly hi: number;
  /** Probability with which it is to lie between `lo` and `hi`. */
  readonly coverageTarget: number;
  /** The least trustworthy level among the forecasts it is made of. */
  readonly level: ForecastLevel;
  /** Mean of their backtest errors, each weighing as long as it takes. */
  readonly backtestError: number;
  /** Tasks that it is made of, and those among them that nothing is known of. */
  readonly tasks: number;
  readonly unknown: number;
}

/** What forecasts have in common: the least trustworthy level and the mean error. Undefined without any. */
export const groundsOf = (forecasts: readonly Forecast[]): Pick<Horizon, "level" | "backtestError" | "coverageTarget"> | undefined => {
  const [first] = forecasts;
  if (!first) return undefined;
  const seconds = forecasts.reduce((sum, { point }) => sum + point, 0);
  return {
    level: forecasts.reduce<ForecastLevel>(
      (worst, { level }) => (LEVELS_BY_TRUST.indexOf(level) > LEVELS_BY_TRUST.indexOf(worst) ? level : worst),
      first.level,
    ),
    backtestError: forecasts.reduce((sum, { point, backtestError }) => sum + point * backtestError, 0) / seconds,
    coverageTarget: first.coverageTarget,
  };
};
