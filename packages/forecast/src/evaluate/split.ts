import { ValidationError } from "@qmoi/core";
import { Prng } from "../forest/prng.ts";
import { type Row, textOf } from "./table.ts";

/** How to keep rows to learn from and rows to forecast apart. */
export type SplitBy = "time" | "order" | "random" | `column:${string}`;

/** Rows to learn from and rows to forecast, in the order of time where there is one. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

export interface Split {
  readonly folds: readonly Fold[];
  readonly says: string;
  readonly notes: readonly string[];
  /** Whether the column that divides says so itself: then it tells nothing of which rows depend on each other. */
  readonly marked?: boolean;
}

export interface SplitOptions {
  readonly by: SplitBy;
  readonly group?: string | undefined;
  readonly time?: string | undefined;
  readonly seed: number;
}

/** Share of the rows that is forecast. */
const TEST_SHARE = 0.25;
/** Most trainings that a split by column takes: its values are dealt out over so many folds. */
const MAX_FOLDS = 10;
/** With fewer rows to forecast at the ends of groups, the end of all rows is forecast instead. */
const LEAST_ENDS = 5;
/** Groups that lie on both sides of a cut in time are leaks while they are few; where most do, the group names a kind of work that recurs. */
const FEW = 0.2;

const TRAIN = new Set(["train", "training"]);
const TEST = new Set(["test", "testing", "holdout", "validation", "valid"]);

/**
 * Splits rows, in the order given.
 * @throws ValidationError QMOI_EVALUATION_LEAK if rows of one group would be on both sides of a split that is not by time
 */
export const splitRows = (rows: readonly Row[], order: readonly number[], options: SplitOptions): Split => {
  const { by, group } = options;
  if (by === "time" || by === "order") return inOrder(rows, order, options);
  if (by === "random") return group === undefined ? atRandom(order, options.seed) : refuseRandom(group);
  return byColumn(rows, order, by.slice("column:".length), group);
};

/** The last quarter is forecast from what came before; without times, the last quarter of each group. */
const inOrder = (rows: readonly Row[], order: readonly number[], { by, group, time }: SplitOptions): Split => {
  const share = `the last ${TEST_SHARE * 100}% `;
  if (by === "order" && group !== undefined) {
    const parts = [...Map.groupBy(order, (row) => textOf(rows[row]?.[group])).values()];
    const cut = parts.map((part) => Math.ceil(part.length * (1 - TEST_SHARE)));
    const train = new Set(parts.flatMap((part, i) => part.slice(0, cut[i])));
    if (order.length - train.size >= LEAST_ENDS)
      return { folds: [sides(order, (row) => train.has(row))], says: `${share}of each ${group}, in the order of the rows`, notes: [] };
  }
  const times = by === "time" && time !== undefined ? Array.from(order, (row) => String(rows[row]?.[time])) : undefined;
  let cut = Math.floor(order.length * (1 - TEST_SHARE));
  // Rows of one moment stay together, on the later side.
  while (times && cut > 1 && times[cut] === times[cut - 1]) cut--;
  const train = new Set(order.slice(0, cut));
  const fold = sides(order, (row) => train.has(row));
  const says = by === "time" ? `${share}by ${time}` : `${share}in the order of the rows`;
  return group === undefined ? { folds: [fold], says, notes: [] } : withoutStraddlers(rows, fold, group, says);
};

const withoutStraddlers = (rows: readonly Row[], fold: Fold, group: string, says: string): Split => {
  const both = straddlers(rows, fold, group);
  const groups = new Set([...fold.train, ...fold.test].map((row) => textOf(rows[row]?.[group])));
  if (both.size === 0 || both.size > FEW * groups.size) return { folds: [fold], says, notes: [] };
  const train = fold.train.filter((row) => !both.has(textOf(rows[row]?.[group])));
  return {
    folds: [{ train, test: fold.test }],
    says,
    notes: [`${both.size} values of ${group} lie on both sides of the cut; their earlier rows were not learned from.`],
  };
};

const atRandom = (order: readonly number[], seed: number): Split => {
  const train = new Set(new Prng(seed).shuffled(order).slice(0, Math.floor(order.length * (1 - TEST_SHARE))));
  return { folds: [sides(order, (row) => train.has(row))], says: `${TEST_SHARE * 100}% drawn at random`, notes: [] };
};

const refuseRandom = (group: string): never => {
  throw leak(
    `A random split puts rows of one ${group} on both sides, so that forecasts are tested on what they were made from.`,
    `Split by time, or with column:${group} to hold whole groups out, or name no group if its rows don't depend on each other.`,
  );
};

/** A column that says train and test is followed; any other one's values are each forecast from all the others. */
const byColumn = (rows: readonly Row[], order: readonly number[], column: string, group: string | undefined): Split => {
  const cellOf = (row: number): string => textOf(rows[row]?.[column]) ?? "";
  const values = [...new Set(order.map(cellOf))];
  if (values.length < 2)
    throw new ValidationError("QMOI_INVALID_INPUT", `The column ${column} has one value only; there is nothing to hold out.`, {
      path: "$.split",
      remedy: "Name a column with more values.",
    });
  const marked = markedSides(column, values);
  const folds = marked ? [sides(order, (row) => marked(cellOf(row)))] : heldOutFolds(rows, order, column, values);
  if (group !== undefined && group !== column) for (const fold of folds) refuseStraddlers(rows, fold, group, column);
  const says = marked ? `as ${column} says` : `each of ${values.length} values of ${column} from the others, in ${folds.length} folds`;
  return { folds, says, notes: [], marked: marked !== undefined };
};

/** Tells which values of a column mean to learn from, if they are marks: train and test, or a flag named after one of them. */
const markedSides = (column: string, values: readonly string[]): ((value: string) => boolean) | undefined => {
  const lower = values.map((value) => value.toLowerCase());
  if (lower.every((value) => TRAIN.has(value) || TEST.has(value))) return (value) => TRAIN.has(value.toLowerCase());
  const flags = lower.every((value) => ["0", "1", "true", "false"].includes(value));
  const isSet = (value: string): boolean => ["1", "true"].includes(value.toLowerCase());
  if (flags && /train/i.test(column)) return isSet;
  return flags && /test|hold.?out|valid/i.test(column) ? (value) => !isSet(value) : undefined;
};

const heldOutFolds = (rows: readonly Row[], order: readonly number[], column: string, values: readonly string[]): Fold[] => {
  const foldOf = new Map(values.map((value, i) => [value, i % MAX_FOLDS]));
  const inFold = (row: number): number => foldOf.get(textOf(rows[row]?.[column]) ?? "") as number;
  return Array.from({ length: Math.min(MAX_FOLDS, values.length) }, (_, fold) => sides(order, (row) => inFold(row) !== fold));
};

const refuseStraddlers = (rows: readonly Row[], fold: Fold, group: string, column: string): void => {
  const [one] = straddlers(rows, fold, group);
  if (one === undefined) return;
  throw leak(
    `The split by ${column} puts rows of one ${group} (${one}) on both sides, so that forecasts are tested on what they were made from.`,
    `Split with column:${group}, or by time, or name no group if its rows don't depend on each other.`,
  );
};

/** Groups with rows on both sides. */
const straddlers = (rows: readonly Row[], { train, test }: Fold, group: string): Set<string | undefined> => {
  const learned = new Set(train.map((row) => textOf(rows[row]?.[group])));
  return new Set(test.map((row) => textOf(rows[row]?.[group])).filter((name) => name !== undefined && learned.has(name)));
};

const sides = (order: readonly number[], isTrain: (row: number) => boolean): Fold => ({
  train: order.filter(isTrain),
  test: order.filter((row) => !isTrain(row)),
});

const leak = (message: string, remedy: string): ValidationError =>
  new ValidationError("QMOI_EVALUATION_LEAK", message, { path: "$.split", remedy });
