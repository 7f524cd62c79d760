import type { Prng } from "./prng.ts";

/**
 * Draws a bootstrap sample: as many draws with replacement as there are rows, or as there are groups, whose rows then come together.
 * `weights[row]` becomes the number of times the row was drawn. One group alone is drawn by rows, or nothing would ever be out of bag.
 * @returns the sum of the weights
 */
export const drawBootstrap = (prng: Prng, weights: Uint8Array, groups?: GroupIndex): number => {
  const rows = weights.length;
  weights.fill(0);
  if (!groups || groups.count < 2) {
    for (let i = 0; i < rows; i++) {
      const row = prng.below(rows);
      weights[row] = (weights[row] as number) + 1;
    }
    return rows;
  }
  const drawn = new Uint8Array(groups.count);
  for (let i = 0; i < groups.count; i++) {
    const group = prng.below(groups.count);
    drawn[group] = (drawn[group] as number) + 1;
  }
  let total = 0;
  for (let row = 0; row < rows; row++) {
    weights[row] = drawn[groups.of[row] as number] as number;
    total += weights[row] as number;
  }
  return total;
};

/** The group of each row, from 0 to count - 1. */
export interface GroupIndex {
  readonly of: Int32Array;
  readonly count: number;
}

/** Numbers groups without gaps, so that each draw finds rows. */
export const indexGroups = (groups: Int32Array): GroupIndex => {
  const numbers = new Map<number, number>();
  const of = groups.map((group) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  return { of, count: numbers.size };
};
