/** A cell of a table as a CSV reader or JSON gives it. */
export type Cell = string | number | boolean | null | undefined;
export type Row = Readonly<Record<string, Cell>>;

/** Cells that say nothing. */
const EMPTY = new Set(["", "na", "n/a", "nan", "null", "none", "-"]);
/** Share of a column's cells that must be numbers (or times) for the column to be one of them. */
const MOSTLY = 0.95;

/** A column read as what its cells are. */
export type Column =
  | { readonly kind: "numeric"; readonly numbers: Float64Array }
  /** Milliseconds since 1970. */
  | { readonly kind: "time"; readonly numbers: Float64Array }
  | { readonly kind: "categorical"; readonly texts: readonly (string | undefined)[] };

/** Reads a column: numeric or a time if nearly all its cells are, categorical otherwise. */
export const readColumn = (rows: readonly Row[], name: string): Column => {
  const texts = rows.map((row) => textOf(row[name]));
  const filled = texts.filter((text) => text !== undefined).length;
  const mostly = (numbers: Float64Array): boolean =>
    numbers.reduce((count, number) => count + +Number.isFinite(number), 0) >= MOSTLY * filled;
  const numbers = Float64Array.from(texts, numberOf);
  if (filled > 0 && mostly(numbers)) return { kind: "numeric", numbers };
  const times = Float64Array.from(texts, timeOf);
  if (filled > 0 && mostly(times)) return { kind: "time", numbers: times };
  return { kind: "categorical", texts };
};

/** A cell's text; undefined if it says nothing. */
export const textOf = (cell: Cell): string | undefined => {
  if (cell === null || cell === undefined) return undefined;
  const text = String(cell).trim();
  return EMPTY.has(text.toLowerCase()) ? undefined : text;
};

/** `1,234,567.8` is a number, too. */
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const numberOf = (text: string | undefined): number =>
  text === undefined ? Number.NaN : Number(GROUPED.test(text) ? text.replaceAll(",", "") : text);

/** Times begin with a year, as ISO 8601 has it: other texts with digits are taken as names. */
const timeOf = (text: string | undefined): number => (text !== undefined && /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN);

/** Numbers that order rows in time: of a numeric or time column. */
export const orderOf = (column: Column): Float64Array | undefined => (column.kind === "categorical" ? undefined : column.numbers);

/** Milliseconds since 1970 of a time column, or of numbers that can only be seconds or milliseconds since then (2001 to 2100). */
export const clockOf = (column: Column): Float64Array | undefined => {
  if (column.kind === "time") return column.numbers;
  if (column.kind === "categorical") return undefined;
  const within = (low: number, high: number): boolean =>
    column.numbers.every((number) => Number.isNaN(number) || (number >= low && number <= high));
  if (within(1e9, 4.2e9)) return column.numbers.map((seconds) => seconds * 1000);
  return within(1e12, 4.2e12) ? column.numbers : undefined;
};
