import { ValidationError } from "@qmoi/core";
import { histogramForest, type RegressorEngine } from "../forest/engine.ts";
import { trainQuantityModel } from "../model/train-quantity-model.ts";
import { trainBaselines } from "./baselines.ts";
import { type EncodedTable, encodeTable, outcomesOf } from "./encode-table.ts";
import { type Evaluation, Scoreboard } from "./evaluation.ts";
import { findLeak } from "./leaks.ts";
import { namingColumn, type Runs } from "./naming-column.ts";
import { type Fold, type SplitBy, splitRows } from "./split.ts";
import { orderOf, type Row, readColumn, textOf } from "./table.ts";

/** What a table's columns mean and how to test on it. */
export interface TableOptions {
  /** What to forecast: a positive quantity such as seconds or bytes. */
  readonly target: string;
  /** Rows that belong together; never on both sides of a split that is not by time. */
  readonly group?: string;
  /** Size of the input: what the line is drawn on. */
  readonly size?: string;
  /** When the row's work began, as numbers or ISO 8601. */
  readonly time?: string;
  /** Default: by time where there is one, else by the order of the rows. */
  readonly split?: "time" | "random" | `column:${string}`;
  /** Columns that are known only afterwards, or must not be used. */
  readonly ignore?: readonly string[];
  readonly seed?: number;
  readonly engine?: RegressorEngine;
  readonly trees?: number;
}

/** Fewest rows to learn from and to forecast. */
const LEAST_TRAIN = 10;
const LEAST_TEST = 5;

/**
 * Forecasts rows of any table from other rows of it, and compares with what one would do without a model. Nothing of a forecast row is learned from.
 * @param told before each training
 * @throws ValidationError QMOI_INVALID_INPUT if a column is missing or too few rows have a target, QMOI_EVALUATION_LEAK if the split or a column gives it away
 */
export const evaluateTable = (
  rows: readonly Row[],
  options: TableOptions,
  told: (done: number, folds: number) => void = () => {},
): Evaluation => {
  checkRoles(rows, options);
  const by: SplitBy = options.split ?? (options.time === undefined ? "order" : "time");
  const targets = targetsOf(rows, options.target);
  if (options.size !== undefined && readColumn(rows, options.size).kind !== "numeric")
    throw new ValidationError("QMOI_INVALID_INPUT", `The size ${options.size} is not a column of numbers.`, {
      path: "$.size",
      remedy: "Name a column of plain numbers, such as bytes.",
    });
  const { order, notes } = usableRows(rows, targets, options, by);
  const { group, time, seed = 1, engine = histogramForest, trees = 100 } = options;
  const divider = by.startsWith("column:") ? by.slice("column:".length) : undefined;
  // What divides the rows says nothing of a row to forecast; unless it is the group, whose absence is what is tested.
  const ignore = new Set([...(options.ignore ?? []), ...(divider === undefined || divider === group ? [] : [divider])]);
  const table = encodeTable(rows, { ...options, ignore });
  refuseLeak(targets, table, options.target);
  const split = splitRows(rows, order, { by, seed, group, time });
  const together = group ?? (split.marked ? undefined : divider);
  const runs = together === undefined ? undefined : { column: together, texts: rows.map((row) => textOf(row[together])) };
  const board = new Scoreboard();
  const later = by === "time" || by === "order";
  const unordered = !later;
  let named: string | undefined;
  for (const [done, fold] of split.folds.entries()) {
    told(done, split.folds.length);
    named = scoreFold(board, fold, { table, targets, runs, group }, { seed, engine, trees, later, unordered });
  }
  const naming = named === undefined ? "No column names the kind of work." : `The kind of work is named by ${named}.`;
  return board.result(split.says, [...notes, ...split.notes, naming]);
};

/** What all folds share. */
interface Material {
  readonly table: EncodedTable;
  readonly targets: Float64Array;
  readonly runs: Runs | undefined;
  readonly group: string | undefined;
}

/** Learns from one side and forecasts the other; gives the column that names the kind of work. */
const scoreFold = (
  board: Scoreboard,
  { train, test }: Fold,
  { table, targets, runs, group }: Material,
  { later, ...options }: { seed: number; engine: RegressorEngine; trees: number; later: boolean; unordered: boolean },
): string | undefined => {
  if (train.length < LEAST_TRAIN || test.length < LEAST_TEST) throw tooFew(train.length, test.length);
  // Zeros are taken as the smallest that was learned from: their logarithm would drown all others.
  const least = train.reduce(
    (low, row) => ((targets[row] as number) > 0 ? Math.min(low, targets[row] as number) : low),
    Number.POSITIVE_INFINITY,
  );
  const values = targets.map((target) => Math.log(Math.max(target, least)));
  const named = namingColumn(table.names, values, train, { group, runs });
  const name = named === undefined ? undefined : table.names.get(named);
  const outcomes = outcomesOf(table, values, name, runs?.column === named ? undefined : runs?.texts);
  const levels = named === undefined ? ["global"] : [named, "global"];
  const learned = train.map((row) => outcomes[row] as (typeof outcomes)[number]);
  // Rows that come after all that is learned from: so methods are judged.
  const ahead = later ? { ahead: test.length / train.length } : {};
  const { model } = trainQuantityModel(learned, { ...options, ...ahead, levels, features: table.features });
  const baselines = trainBaselines(learned);
  for (const row of test) {
    const outcome = outcomes[row] as (typeof outcomes)[number];
    const prediction = model.predict(outcome);
    if (prediction) board.add(outcome.value, prediction, levels[prediction.level] ?? "global", baselines(outcome));
  }
  return named;
};

const checkRoles = (rows: readonly Row[], { target, group, size, time, split }: TableOptions): void => {
  const headings = new Set(rows.flatMap((row) => Object.keys(row)));
  const column = split?.startsWith("column:") ? split.slice("column:".length) : undefined;
  for (const [role, name] of Object.entries({ target, group, size, time, split: column })) {
    if (name === undefined) continue;
    if (!headings.has(name))
      throw new ValidationError("QMOI_INVALID_INPUT", `There is no column ${name}.`, {
        path: `$.${role}`,
        remedy: `Name one of ${[...headings].join(", ")}.`,
      });
    if (role !== "target" && name === target)
      throw new ValidationError("QMOI_EVALUATION_LEAK", `The ${role} is the target itself: it would tell what is to be forecast.`, {
        path: `$.${role}`,
        remedy: "Name a column that is known before the work starts.",
      });
  }
  if (split === "time" && time === undefined)
    throw new ValidationError("QMOI_INVALID_INPUT", "A split by time needs a column of times.", { path: "$.time" });
};

/** Finite targets from zero; NaN for what is none. */
const targetsOf = (rows: readonly Row[], target: string): Float64Array => {
  const column = readColumn(rows, target);
  if (column.kind !== "numeric")
    throw new ValidationError("QMOI_INVALID_INPUT", `The target ${target} is not a column of numbers.`, {
      path: "$.target",
      remedy: "Write plain numbers without a unit.",
    });
  return column.numbers.map((number) => (number >= 0 && number < Number.POSITIVE_INFINITY ? number : Number.NaN));
};

/** The rows with a target (and a time, where the split needs it), in the order of time. */
const usableRows = (
  rows: readonly Row[],
  targets: Float64Array,
  { time, target }: TableOptions,
  by: SplitBy,
): { order: number[]; notes: string[] } => {
  const times = time === undefined ? undefined : orderOf(readColumn(rows, time));
  if (time !== undefined && !times)
    throw new ValidationError("QMOI_INVALID_INPUT", `The column ${time} holds neither numbers nor ISO 8601 times.`, {
      path: "$.time",
      remedy: "Write times as 2026-01-31T12:00:00Z, or as numbers that grow with time.",
    });
  const timed = (row: number): boolean => by !== "time" || Number.isFinite(times?.[row]);
  const order = [...targets.keys()].filter((row) => Number.isFinite(targets[row]) && timed(row));
  if (!order.some((row) => (targets[row] as number) > 0))
    throw new ValidationError("QMOI_INVALID_INPUT", `No row has a positive ${target}.`, { path: "$.target" });
  if (times) order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  const lost = rows.length - order.length;
  return { order, notes: lost > 0 ? [`${lost} rows without a usable ${target}${by === "time" ? ` or ${time}` : ""} were left out.`] : [] };
};

const refuseLeak = (targets: Float64Array, table: EncodedTable, target: string): void => {
  const leak = findLeak(targets, table.suspects);
  if (leak === undefined) return;
  const remedy = `Leave out with --ignore what is known only afterwards${leak.length === 1 ? `; if ${leak[0]} is known before, it is the --size` : ""}.`;
  throw new ValidationError(
    "QMOI_EVALUATION_LEAK",
    `${leak.join(" and ")} ${leak.length === 1 ? "gives" : "give"} the target ${target} away.`,
    {
      path: "$.ignore",
      remedy,
      data: { columns: leak },
    },
  );
};

const tooFew = (train: number, test: number): ValidationError =>
  new ValidationError(
    "QMOI_INVALID_INPUT",
    `The split leaves ${train} rows to learn from and ${test} to forecast; ${LEAST_TRAIN} and ${LEAST_TEST} are the least.`,
    {
      path: "$.split",
      remedy: "Give more rows, or split another way.",
    },
  );
