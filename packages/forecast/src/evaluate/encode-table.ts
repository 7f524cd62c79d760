import type { Feature } from "../forest/samples.ts";
import type { Outcome } from "../model/case.ts";
import { type Column, clockOf, type Row, readColumn, textOf } from "./table.ts";

/** What the columns of a table mean. */
export interface Roles {
  readonly target: string;
  readonly group?: string;
  readonly size?: string;
  readonly time?: string;
  /** Columns that nothing is learned from. */
  readonly ignore: ReadonlySet<string>;
}

/** A table as numbers. */
export interface EncodedTable {
  readonly features: readonly Feature[];
  /** By feature, then by row; categories as codes. */
  readonly columns: readonly Float64Array[];
  /** Numeric ones by name, among which leaks are sought; the size is not, since it may well determine the target. */
  readonly suspects: ReadonlyMap<string, Float64Array>;
  /** Texts of the columns that can name the kind of work. */
  readonly names: ReadonlyMap<string, readonly (string | undefined)[]>;
  /** Logarithms; NaN if unknown. */
  readonly sizes: Float64Array;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Columns with more names than this share of the rows name rows, not kinds of work. */
const NAMES_SHARE = 0.2;

/** Turns all columns that may be learned from into features. Absolute times are left out: what is learned of them does not return; hour and weekday do. */
export const encodeTable = (rows: readonly Row[], roles: Roles): EncodedTable => {
  const features: Feature[] = [];
  const columns: Float64Array[] = [];
  const suspects = new Map<string, Float64Array>();
  const names = new Map<string, readonly (string | undefined)[]>();
  const add = (name: string, kind: Feature["kind"], values: Float64Array): void => {
    features.push({ name, kind });
    columns.push(values);
  };
  const headings = new Set(rows.flatMap((row) => Object.keys(row)));
  for (const name of headings) {
    if (name === roles.target || name === roles.size || name === roles.time || roles.ignore.has(name)) continue;
    const column = readColumn(rows, name);
    if (column.kind === "categorical" || name === roles.group) {
      const texts = column.kind === "categorical" ? column.texts : rows.map((row) => textOf(row[name]));
      add(name, "categorical", codesOf(texts));
      if (new Set(texts).size <= NAMES_SHARE * rows.length) names.set(name, texts);
    } else if (clockOf(column) === undefined) {
      add(name, "numeric", column.numbers);
      suspects.set(name, column.numbers);
    }
  }
  const clock = roles.time === undefined ? undefined : clockOf(readColumn(rows, roles.time));
  if (clock) {
    add(
      "hour",
      "numeric",
      clock.map((time) => Math.floor((time % DAY) / HOUR)),
    );
    add(
      "weekday",
      "numeric",
      clock.map((time) => Math.floor(time / DAY + 4) % 7),
    );
  }
  return { features, columns, suspects, names, sizes: sizesOf(rows, roles.size) };
};

/** The rows as outcomes of the given values, named by a column of names if there is one. */
export const outcomesOf = (
  table: EncodedTable,
  values: Float64Array,
  name: readonly (string | undefined)[] | undefined,
  run: readonly (string | undefined)[] | undefined,
): Outcome[] =>
  Array.from(values, (value, row) => ({
    names: name ? [name[row]] : [],
    size: table.sizes[row] as number,
    declared: Number.NaN,
    row: table.columns.map((column) => column[row] as number),
    value,
    run: run?.[row],
  }));

const codesOf = (texts: readonly (string | undefined)[]): Float64Array => {
  const codes = new Map<string, number>();
  return Float64Array.from(texts, (text) => {
    if (text === undefined) return Number.NaN;
    const code = codes.get(text) ?? codes.size;
    codes.set(text, code);
    return code;
  });
};

const sizesOf = (rows: readonly Row[], size: string | undefined): Float64Array => {
  const column: Column | undefined = size === undefined ? undefined : readColumn(rows, size);
  if (column?.kind !== "numeric") return new Float64Array(rows.length).fill(Number.NaN);
  return column.numbers.map((number) => (number > 0 ? Math.log(number) : Number.NaN));
};
