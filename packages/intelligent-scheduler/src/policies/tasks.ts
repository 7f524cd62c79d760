import type { Ranked } from "../order.ts";

/** Highest priority first, then in the order in which they became ready, then of the definition. */
export const byReadiness = (ranked: Ranked, a: number, b: number): boolean => {
  const [pa, pb] = [ranked.priority(a), ranked.priority(b)];
  if (pa !== pb) return pa > pb;
  return readyBefore(ranked, a, b);
};

/** Highest priority first, then the longest declared way to the end, then the order of the definition. */
export const byDeclaredRank = (ranked: Ranked, a: number, b: number): boolean => {
  const [pa, pb] = [ranked.priority(a), ranked.priority(b)];
  if (pa !== pb) return pa > pb;
  const [ra, rb] = [ranked.rank(a), ranked.rank(b)];
  return ra === rb ? a < b : ra > rb;
};

/**
 * Highest priority first, then the longest predicted way to the end (HEFT's order: Topcuoglu, Hariri, Wu, 2002) where that pays, then
 * readiness.
 */
export const byForecastRank = (ranked: Ranked, a: number, b: number): boolean => {
  const [pa, pb] = [ranked.priority(a), ranked.priority(b)];
  if (pa !== pb) return pa > pb;
  if (!ranked.byRank) return readyBefore(ranked, a, b);
  const [ra, rb] = [ranked.forecastRank(a), ranked.forecastRank(b)];
  return ra === rb ? readyBefore(ranked, a, b) : ra > rb;
};

/** The larger weight first, then readiness. */
export const byWeight =
  (weight: (ranked: Ranked, task: number) => number) =>
  (ranked: Ranked, a: number, b: number): boolean => {
    const [wa, wb] = [weight(ranked, a), weight(ranked, b)];
    return wa === wb ? readyBefore(ranked, a, b) : wa > wb;
  };

const readyBefore = (ranked: Ranked, a: number, b: number): boolean => {
  const [ta, tb] = [ranked.readyAt(a), ranked.readyAt(b)];
  return ta === tb ? a < b : ta < tb;
};
