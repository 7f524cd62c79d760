import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal } from "../testing/outcomes.ts";
import { moderationOf, type Sampled } from "./moderation.ts";

const LIMITS = [1, 50] as const;
/** Chi-squared with so many degrees of freedom. */
const chiSquared = (prng: Prng, free: number): number =>
  Array.from({ length: free }, () => normal(prng) ** 2).reduce((sum, x) => sum + x, 0);
/** Variances of samples of true variances that are `usual`, spread as an inverse chi-squared with `prior` degrees of freedom; all alike without. */
const samples = (count: number, free: number, usual: number, prior?: number): Sampled[] => {
  const prng = new Prng(7);
  return Array.from({ length: count }, () => {
    const truth = prior === undefined ? usual : (usual * prior) / chiSquared(prng, prior);
    return { variance: (truth * chiSquared(prng, free)) / free, free };
  });
};

describe("moderationOf", () => {
  it("finds the usual variance and how far variances differ, as they were drawn", () => {
    for (const prior of [2, 4, 10]) {
      const found = moderationOf(samples(4000, 5, 0.3, prior), LIMITS);
      expect(Math.abs(Math.log(found.free / prior))).toBeLessThan(Math.log(1.3));
      expect(Math.abs(Math.log(found.variance / 0.3))).toBeLessThan(Math.log(1.15));
    }
  });

  it("lets what is usual count for most where variances differ by chance alone, and for least where they differ by orders of magnitude", () => {
    const alike = moderationOf(samples(4000, 3, 0.3), LIMITS);
    expect(alike.free).toBeGreaterThan(25);
    expect(alike.variance).toBeCloseTo(0.3, 1);
    const apart = [1e-4, 1e-3, 0.1, 10, 1000].map((variance) => ({ variance, free: 8 }));
    expect(moderationOf(apart, LIMITS).free).toBeLessThan(1.1);
  });

  it("takes a single sample for what is usual", () => {
    const { variance, free } = moderationOf([{ variance: 0.2, free: 10 }], LIMITS);
    expect(free).toBeGreaterThan(49);
    expect(Math.abs(Math.log(variance / 0.2))).toBeLessThan(0.2);
  });
});
