import { ValidationError } from "@qmoi/core";

/** A feature's name and kind. The value of a categorical one is a code: an integer from 0. NaN is a missing value in both. */
export interface Feature {
  readonly name: string;
  readonly kind: "numeric" | "categorical";
}

/** Rows to learn from, by column: `columns[feature][row]` and `target[row]`. */
export interface Samples {
  readonly features: readonly Feature[];
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  /** Rows that depend on each other (tasks of one run) share a number from 0; they are drawn together, so that out-of-bag means another group. */
  readonly groups?: Int32Array;
}

/** Category codes beyond this would only cost memory: a dictionary of that size is a mistake. */
const MAX_CODE = 2 ** 24;
const MAX_FEATURES = 2 ** 15;

/**
 * The rows that a regression can learn from.
 * @throws ValidationError QMOI_INVALID_INPUT if there are none, a column's length differs or a category's code is not an integer from 0
 */
export const trainable = (samples: Samples): Samples => {
  const fail = (message: string, path: string): never => {
    throw new ValidationError("QMOI_INVALID_INPUT", message, { path });
  };
  if (samples.features.length >= MAX_FEATURES) fail(`A forest takes fewer than ${MAX_FEATURES} features.`, "$.features");
  samples.features.forEach((feature, f) => {
    const column = samples.columns[f];
    if (column?.length !== samples.target.length) fail(`Feature ${feature.name} needs one value a row.`, `$.columns[${f}]`);
    if (feature.kind === "numeric") return;
    const bad = column?.findIndex((code) => !Number.isNaN(code) && !(Number.isInteger(code) && code >= 0 && code < MAX_CODE)) ?? -1;
    if (bad >= 0) fail(`A category's code must be an integer from 0 to ${MAX_CODE - 1}.`, `$.columns[${f}][${bad}]`);
  });
  const finite = finiteRows(samples);
  if (finite.target.length === 0) fail("Learning needs at least one row with a finite target.", "$.target");
  return finite;
};

/** The rows whose target is a finite number; a forest can't learn from the others. */
export const finiteRows = (samples: Samples): Samples => {
  const { target } = samples;
  let kept = 0;
  for (const y of target) if (Number.isFinite(y)) kept++;
  if (kept === target.length) return samples;
  const rows = new Int32Array(kept);
  for (let row = 0, i = 0; row < target.length; row++) if (Number.isFinite(target[row])) rows[i++] = row;
  return takeRows(samples, rows);
};

/** The given rows, in the given order. */
export const takeRows = (samples: Samples, rows: Int32Array): Samples => {
  const { features, columns, target, groups } = samples;
  const take = (from: Float64Array): Float64Array => Float64Array.from(rows, (row) => from[row] as number);
  const taken = { features, columns: columns.map(take), target: take(target) };
  return groups ? { ...taken, groups: rows.map((row) => groups[row] as number) } : taken;
};
