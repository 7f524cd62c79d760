import { medianOf } from "./statistics.ts";

/** How values change over time. */
export interface Trend {
  /** `steady` unless chance would hardly make it look so. */
  readonly direction: "rising" | "falling" | "steady";
  /** Growth a day, as a share: 0.02 is 2% more each day. */
  readonly perDay: number;
  /** Standard normal deviate of Mann and Kendall's test: beyond ±2.58 chance alone is as clear once in a hundred times. */
  readonly z: number;
}

/** All pairs are compared: more would take long, and the latest say enough. */
const MOST = 200;
const LEAST = 10;
const CLEAR = 2.58;
const DAY_MS = 86_400_000;

/**
 * The trend of positive values, on their logarithms: the median of all pairs' slopes (Theil 1950, Sen 1968), and the test of Mann (1945) and
 * Kendall (1975), neither of which a few outliers mislead.
 * @param points by time (ms)
 */
export const trendOf = (points: readonly (readonly [at: number, value: number])[]): Trend | undefined => {
  const latest = points.filter(([, value]) => value > 0).slice(-MOST);
  const n = latest.length;
  // Before a day has passed a growth a day would be guessed from minutes.
  const span = (latest.at(-1)?.[0] ?? 0) - (latest[0]?.[0] ?? 0);
  if (n < LEAST || span < DAY_MS) return undefined;
  const slopes: number[] = [];
  let score = 0;
  for (let j = 1; j < n; j++) {
    const [at, value] = latest[j] as readonly [number, number];
    for (let i = 0; i < j; i++) {
      const [earlier, other] = latest[i] as readonly [number, number];
      score += Math.sign(value - other);
      if (at > earlier) slopes.push(Math.log(value / other) / ((at - earlier) / DAY_MS));
    }
  }
  if (slopes.length === 0) return undefined;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const z = score === 0 ? 0 : (score - Math.sign(score)) / deviation;
  const direction = Math.abs(z) < CLEAR ? "steady" : z > 0 ? "rising" : "falling";
  return { direction, perDay: Math.expm1(medianOf(slopes)), z };
};
