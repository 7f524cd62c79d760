/** A leaf keeps its rows' targets as numbers of levels; more levels than this move no quantile that matters. */
const MAX_LEVELS = 2048;

/** Ascending representative targets: every distinct one while they fit, else the means of equally large slices of the sorted targets. */
export const fitLevels = (targets: Float64Array): Float64Array => {
  const sorted = targets.slice().sort();
  const all = distinct(sorted);
  if (all.length <= MAX_LEVELS) return all;
  const means = new Float64Array(MAX_LEVELS);
  for (let level = 0; level < MAX_LEVELS; level++) {
    const from = Math.floor((level * sorted.length) / MAX_LEVELS);
    const to = Math.floor(((level + 1) * sorted.length) / MAX_LEVELS);
    const middle = sorted[(from + to) >> 1] as number;
    let above = 0;
    for (let i = from; i < to; i++) above += ((sorted[i] as number) - middle) / (to - from);
    means[level] = middle + above;
  }
  return distinct(means.sort());
};

/** Levels that also fit further targets, and the new number of each old level. */
export const extendLevels = (levels: Float64Array, targets: Float64Array): { levels: Float64Array; moved: Uint16Array } => {
  const both = new Float64Array(levels.length + targets.length);
  both.set(levels);
  both.set(targets, levels.length);
  const extended = fitLevels(both);
  return { levels: extended, moved: Uint16Array.from(levels, (y) => levelOf(extended, y)) };
};

/** The level nearest to a target; the lower of two equally near. */
export const levelOf = (levels: Float64Array, target: number): number => {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((levels[middle] as number) < target) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  if (low === levels.length) return low - 1;
  return target - (levels[low - 1] as number) <= (levels[low] as number) - target ? low - 1 : low;
};

const distinct = (sorted: Float64Array): Float64Array => sorted.filter((y, i) => i === 0 || y !== sorted[i - 1]);
