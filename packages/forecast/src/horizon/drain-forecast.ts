import type { Forecast } from "../forecast.ts";
import { groundsOf, type Horizon } from "./horizon.ts";
import { quantileAfter, type Spread, shareWithinAfter, spreadOf } from "./spread.ts";

/** An attempt that runs. */
export interface RunningAttempt {
  /** Of its run time; undefined where nothing is known. */
  readonly forecast: Forecast | undefined;
  /** Seconds since it began. */
  readonly elapsed: number;
}

/** Halvings of the interval in which a quantile is sought: to a millionth of it. */
const HALVINGS = 40;

/**
 * When all that runs will have ended, if nothing new begins: the largest of independent run times, each known to take longer than it has.
 * Undefined where nothing is known of any; attempts that nothing is known of are counted as `unknown` and left out.
 */
export const drainForecast = (running: readonly RunningAttempt[]): Horizon | undefined => {
  const known = running.flatMap(({ forecast, elapsed }) => (forecast ? [{ forecast, elapsed, spread: spreadOf(forecast) }] : []));
  const grounds = groundsOf(known.map(({ forecast }) => forecast));
  if (!grounds) return undefined;
  const tail = (1 - grounds.coverageTarget) / 2;
  const [lo, point, hi] = [tail, 0.5, 1 - tail].map((probability) => largest(known, probability)) as [number, number, number];
  return { point, lo, hi, ...grounds, tasks: running.length, unknown: running.length - known.length };
};

/** Seconds from now that all stay below with a probability. */
const largest = (known: readonly { spread: Spread; elapsed: number }[], probability: number): number => {
  const rest = (share: number) => known.map(({ spread, elapsed }) => quantileAfter(spread, elapsed, share) - elapsed);
  // Each alone stays below with at least the probability of all; and all do if each does with its root.
  let low = Math.max(...rest(probability));
  let high = Math.max(...rest(probability ** (1 / known.length)));
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    const share = known.reduce((product, { spread, elapsed }) => product * shareWithinAfter(spread, elapsed, elapsed + middle), 1);
    if (share < probability) low = middle;
    else high = middle;
  }
  return high;
};
