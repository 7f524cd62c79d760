import { Forest } from "./forest.ts";
import { firstSample, isLeaf, LAST, packLeaf, SAMPLES_PER_LEAF } from "./nodes.ts";
import { finiteRows, type Samples } from "./samples.ts";
import { extendLevels, levelOf } from "./target-levels.ts";

/**
 * Adds rows to the leaves they fall into and leaves the splits alone: means and quantiles follow at a small part of the cost of training.
 * A leaf's mean becomes that of its old mean, weighing as many rows as it keeps, and the new targets. Returns a new forest; out-of-bag answers no longer apply.
 */
export const refreshForest = (forest: Forest, given: Samples): Forest => {
  const rows = finiteRows(given);
  if (rows.target.length === 0) return forest;
  const { parts } = forest;
  const { levels, moved } = extendLevels(parts.levels, rows.target);
  const additions = additionsByLeaf(forest, rows);
  const nodes = parts.nodes.slice();
  const values = new Float32Array(nodes.buffer);
  const samples: number[] = [];
  for (let node = 0; node < forest.nodes; node++) {
    const word = nodes[node << 1] as number;
    if (!isLeaf(word)) continue;
    const added = additions.get(node) ?? [];
    const old = keptSamples(parts.samples, firstSample(word), added.length);
    nodes[node << 1] = packLeaf(samples.length);
    for (const level of old) samples.push(moved[level] as number);
    let sum = old.length * (values[(node << 1) + 1] as number);
    for (const row of added) {
      const target = rows.target[row] as number;
      samples.push(levelOf(levels, target));
      sum += (target - parts.offset) / parts.scale;
    }
    samples.push((samples.pop() as number) | LAST);
    values[(node << 1) + 1] = sum / (old.length + added.length);
  }
  return new Forest({ ...parts, nodes, levels, samples: Uint16Array.from(samples) });
};

/** The latest rows, at most as many as a leaf keeps, by node. */
const additionsByLeaf = (forest: Forest, rows: Samples): Map<number, number[]> => {
  const additions = new Map<number, number[]>();
  const values = new Float64Array(rows.columns.length);
  for (let row = 0; row < rows.target.length; row++) {
    for (let f = 0; f < values.length; f++) values[f] = (rows.columns[f] as Float64Array)[row] as number;
    for (const leaf of forest.leavesOf(forest.binRow(values))) {
      const added = additions.get(leaf);
      if (!added) additions.set(leaf, [row]);
      else {
        added.push(row);
        if (added.length > SAMPLES_PER_LEAF) added.shift();
      }
    }
  }
  return additions;
};

/** The levels of a leaf's samples that stay beside the added, evenly chosen: old ones make room, which is how the forest forgets. */
const keptSamples = (samples: Uint16Array, first: number, added: number): number[] => {
  const kept: number[] = [];
  for (let i = first; ; i++) {
    const sample = samples[i] as number;
    kept.push(sample & (LAST - 1));
    if (sample >= LAST) break;
  }
  const room = Math.min(kept.length, Math.max(0, SAMPLES_PER_LEAF - added));
  return Array.from({ length: room }, (_, k) => kept[Math.floor(((k + 0.5) * kept.length) / room)] as number);
};
