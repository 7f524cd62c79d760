import type { Feature } from "../forest/samples.ts";
import type { Case } from "./case.ts";
import type { History } from "./history.ts";

/** Latest values whose mean is a feature. */
const LAST = 5;
/** Counts beyond this say nothing but how late it is, and what a forest learns of a time does not return. */
const MANY = 20;

/** The features that a forest learns from: the case's own, then what is known of its name. */
export const forestFeatures = (features: readonly Feature[]): Feature[] => [
  ...features,
  { name: "size", kind: "numeric" },
  { name: "declared", kind: "numeric" },
  { name: "name", kind: "categorical" },
  { name: "name's mean", kind: "numeric" },
  { name: "name's deviation", kind: "numeric" },
  { name: "name's latest", kind: "numeric" },
  { name: "name's count", kind: "numeric" },
];

/** The row of a case, with the history of its name as it stood before. */
export const forestRow = (given: Case, code: number | undefined, history: History | undefined): Float64Array => {
  const last = history?.recent.slice(-LAST) ?? [];
  const latest = last.reduce((sum, value) => sum + value, 0) / last.length;
  const row = new Float64Array(given.row.length + 7);
  row.set(given.row);
  row.set(
    [
      given.size,
      given.declared,
      code ?? Number.NaN,
      history?.mean ?? Number.NaN,
      history?.deviation ?? Number.NaN,
      latest,
      Math.min(MANY, history?.count ?? 0),
    ],
    given.row.length,
  );
  return row;
};
