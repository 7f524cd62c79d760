import type { Prng } from "../forest/prng.ts";
import type { GrowthOptions } from "../forest/tree-grower.ts";

/** A tree as one would write it down without any thought for speed. */
export type ObviousTree =
  | { readonly leaf: readonly number[]; readonly mean: number }
  | {
      readonly feature: number;
      readonly bin: number;
      readonly missingRight: number;
      readonly left: ObviousTree;
      readonly right: ObviousTree;
    };

/** Grows a tree by trying each cut on each row; `rows` are the distinct rows of the node, `weights` how often each was drawn. */
export const growObviousTree = (
  columns: readonly Uint8Array[],
  targets: Float64Array,
  weights: Uint8Array,
  prng: Prng,
  options: GrowthOptions,
): ObviousTree => {
  const features = columns.map((_, f) => f);
  const weightOf = (rows: number[]): number => rows.reduce((sum, row) => sum + weights[row]!, 0);
  const sumOf = (rows: number[]): number => rows.reduce((sum, row) => sum + weights[row]! * targets[row]!, 0);
  const score = (rows: number[]): number => sumOf(rows) ** 2 / weightOf(rows);

  const bestSplit = (
    rows: number[],
  ): { feature: number; bin: number; missingRight: number; left: number[]; right: number[] } | undefined => {
    let best: ReturnType<typeof bestSplit>;
    let bestScore = score(rows);
    for (let drawn = 0; drawn < features.length; drawn++) {
      if (drawn >= options.featuresPerSplit && best) break;
      const pick = drawn + prng.below(features.length - drawn);
      [features[drawn], features[pick]] = [features[pick]!, features[drawn]!];
      const feature = features[drawn]!;
      const column = columns[feature]!;
      const present = [...new Set(rows.map((row) => column[row]!))].sort((a, b) => a - b);
      for (const bin of present) {
        for (const missingRight of present[0] === 0 ? [0, 1] : [0]) {
          const goesLeft = (row: number): boolean => (column[row] === 0 ? missingRight === 0 : column[row]! <= bin);
          const left = rows.filter(goesLeft);
          const right = rows.filter((row) => !goesLeft(row));
          if (left.length === 0 || right.length === 0 || left.length < options.minLeaf || right.length < options.minLeaf) continue;
          const both = score(left) + score(right);
          if (both <= bestScore) continue;
          bestScore = both;
          const heavierRight = weightOf(left) < weightOf(right) ? 1 : 0;
          best = { feature, bin, missingRight: present[0] === 0 ? missingRight : heavierRight, left, right };
        }
      }
    }
    return best;
  };

  const grow = (rows: number[], depth: number): ObviousTree => {
    const pure = rows.every((row) => targets[row] === targets[rows[0]!]);
    const split = rows.length < 2 * options.minLeaf || depth >= options.maxDepth || pure ? undefined : bestSplit(rows);
    if (!split) return { leaf: rows, mean: sumOf(rows) / weightOf(rows) };
    const { feature, bin, missingRight } = split;
    return { feature, bin, missingRight, left: grow(split.left, depth + 1), right: grow(split.right, depth + 1) };
  };
  return grow(
    [...weights.keys()].filter((row) => weights[row]! > 0),
    0,
  );
};
