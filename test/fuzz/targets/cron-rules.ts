import { Unjustified } from "../fuzz.ts";

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Leading zeros count for nothing, as everywhere in cron. */
  readonly special?: RegExp;
  /** Fields of days have no steps over weekdays in AWS. */
  readonly steps?: boolean;
}

const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(?:\?|L|LW|0*(?:[1-9]|[12]\d|3[01])W)$/i },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: DAYS, special: /^(?:\?|L|(?:0*[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5]))$/i, steps: false },
  { min: 1970, max: 2199 },
];

/** Says what a schedule is, judged by a grammar of its own. Errors: Unjustified. */
export const judgeSchedule = (expression: string, timeZone: string): string => {
  judgeTimeZone(timeZone);
  const [, kind, body = ""] = /^(cron|rate|at)\((.*)\)$/s.exec(expression) ?? [];
  if (kind === "rate") {
    const [, number, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(body.trim().replace(/\s+/, " ")) ?? [];
    if (unit === undefined || (Number(number) === 1) === body.trim().endsWith("s")) throw new Unjustified(`rate(${body}) is no rate`);
    return "a rate";
  }
  if (kind === "at") {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body.trim()) || Number.isNaN(Date.parse(`${body.trim()}Z`)))
      throw new Unjustified(`at(${body}) is no time`);
    return "a time";
  }
  if (kind !== "cron") throw new Unjustified(`${expression} is no schedule`);
  const fields = body.trim().split(/\s+/);
  if (fields.length !== 6) throw new Unjustified(`cron has six fields, not ${fields.length}`);
  if ((fields[2] === "?") === (fields[4] === "?")) throw new Unjustified("one of the fields of days is ?");
  for (const [index, field] of fields.entries()) judgeField(field, FIELDS[index] as Field);
  return "a cron expression";
};

const judgeField = (text: string, field: Field): void => {
  const items = text.split(",");
  const value = `(?:\\d{1,4}${field.names ? `|${field.names.join("|")}` : ""})`;
  const plain = new RegExp(`^(?:\\*|${value}(?:-${value})?)(?:/\\d{1,4})?$`, "i");
  for (const item of items) {
    if (field.special?.test(item)) continue;
    if (!plain.test(item)) throw new Unjustified(`${item} is no value of a field`);
    if (field.steps === false && item.includes("/")) throw new Unjustified(`${item} has a step over weekdays`);
    const [range = "", step = "1"] = item.split("/");
    const numbers =
      range === "*"
        ? []
        : range.split("-").map((part) => (/^\d/.test(part) ? Number(part) : field.min + (field.names ?? []).indexOf(part.toUpperCase())));
    if (Number(step) < 1 || numbers.some((number) => number < field.min || number > field.max))
      throw new Unjustified(`${item} is out of bounds`);
  }
};

const judgeTimeZone = (timeZone: string): void => {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw new Unjustified(`${timeZone} is no time zone`);
  }
  if (/^[+-]/.test(timeZone)) throw new Unjustified(`${timeZone} is an offset, no name`);
};
