import type { QmoiError } from "../errors.ts";

/** Makes the error of a schedule: which field, what it holds, and what was expected instead. */
export type Complain = (field: string, value: string, expected: string) => QmoiError;

/** A field of a cron expression: its bounds and names. */
export interface FieldSpec {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
  /** Whether a range may run over the end (`20-2` are the hours 20 to 23 and 0 to 2). */
  readonly cyclic: boolean;
  readonly steps: boolean;
  readonly example: string;
}

export const MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;
export const WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

const bounds = (spec: FieldSpec): string =>
  `${spec.min} to ${spec.max}${spec.names === undefined ? "" : ` or ${spec.names[0]} to ${spec.names.at(-1)}`}`;

/** One value: a number of the field's width, or a name in any case. */
export const parseValue = (spec: FieldSpec, text: string, complain: Complain): number => {
  const named = spec.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return spec.min + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= spec.min && value <= spec.max)) throw complain(spec.name, text, bounds(spec));
  return value;
};

const parseStep = (spec: FieldSpec, text: string | undefined, complain: Complain): number => {
  if (text === undefined) return 1;
  if (!spec.steps)
    throw complain(spec.name, `/${text}`, `no step, which AWS doesn't have in this field; list the values instead, as ${spec.example}`);
  const step = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(step >= 1 && step <= spec.max)) throw complain(spec.name, `/${text}`, `a step of 1 to ${spec.max}`);
  return step;
};

/** The values of `*`, `a`, `a-b`, `a/step` (from a to the end), `a-b/step` or `*\/step`, in the order they're met. */
const parseItem = (spec: FieldSpec, item: string, complain: Complain): number[] => {
  const [range = "", stepText, more] = item.split("/");
  if (more !== undefined) throw complain(spec.name, item, "at most one step");
  const step = parseStep(spec, stepText, complain);
  const [fromText = "", toText, third] = range.split("-");
  if (third !== undefined) throw complain(spec.name, item, "a range of two values");
  const all = range === "*";
  const from = all ? spec.min : parseValue(spec, fromText, complain);
  const open = all || (stepText !== undefined && toText === undefined);
  const to = open ? spec.max : toText === undefined ? from : parseValue(spec, toText, complain);
  if (to < from && !spec.cyclic) throw complain(spec.name, item, "a range that begins with its smaller value");
  const size = spec.max - spec.min + 1;
  const length = to < from ? to + size - from : to - from;
  const values: number[] = [];
  for (let n = 0; n <= length; n += step) values.push(spec.min + ((from - spec.min + n) % size));
  return values;
};

/** The items of a field's list. A wildcard for every value stands alone: beside others it would hide a mistake. */
export const splitList = (field: string, text: string, complain: Complain): string[] => {
  const items = text.split(",");
  if (items.includes("")) throw complain(field, text, "a value on each side of a comma");
  if (items.length > 1 && (items.includes("*") || items.includes("?"))) throw complain(field, text, "* or ? alone, not in a list");
  return items;
};

/** All values of a list, ascending and without repeats. */
export const parseValues = (spec: FieldSpec, items: readonly string[], complain: Complain): number[] =>
  [...new Set(items.flatMap((item) => parseItem(spec, item, complain)))].sort((a, b) => a - b);
