import { addSums, momentsOf, noSums } from "./size-line.ts";

/** The variance that rows of a part have in common before anything is seen of it, and how many parts that counts for. */
const PRIOR_COMMON = 0.3 ** 2;
const PRIOR_PARTS = 2;

/**
 * Share of the variance around a line that rows of one part have in common (intraclass correlation): what is common was drawn once a part, however many
 * rows it has. By analysis of variance: what a line through the parts' means leaves, without what means of a few rows differ by anyway.
 */
export const alikeOf = (x: ArrayLike<number>, y: ArrayLike<number>, part: Int32Array): number => {
  const means = noSums();
  let [within, inverse] = [0, 0];
  const rowsOf = Map.groupBy(part.keys(), (row) => part[row] as number);
  for (const rows of rowsOf.values()) {
    const own = noSums();
    for (const row of rows) addSums(own, x[row] as number, y[row] as number, 1);
    within += Math.max(0, own.yy - own.y ** 2 / own.w);
    inverse += 1 / own.w;
    addSums(means, own.x / own.w, own.y / own.w, 1);
  }
  const { sxx, sxy, syy } = momentsOf(means);
  const parts = rowsOf.size;
  const free = Math.max(0, parts - 2);
  const apart = within / Math.max(1, part.length - parts);
  const left = syy - (sxx > 0 ? sxy ** 2 / sxx : 0) - (apart * inverse * free) / Math.max(1, parts);
  const common = (Math.max(0, left) + PRIOR_PARTS * PRIOR_COMMON) / (free + PRIOR_PARTS);
  return common / (common + apart);
};
