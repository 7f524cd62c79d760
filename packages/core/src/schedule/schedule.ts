import { QmoiError } from "../errors.ts";
import { DAY, FIRST_YEAR, HOUR, LAST_YEAR, localText, MINUTE } from "./civil.ts";
import { type DayRule, parseDays } from "./cron-days.ts";
import { type Complain, type FieldSpec, MONTH_NAMES, parseValues, splitList } from "./cron-field.ts";
import { timeZone as zoneOf } from "./time-zone.ts";

interface Common {
  /** As it was written. */
  readonly expression: string;
  /** IANA name as it was written. */
  readonly timeZone: string;
}

/** `cron(…)`: the local times at which every field matches. Values ascend. */
export interface CronSchedule extends Common {
  readonly kind: "cron";
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DayRule;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** `rate(…)`: every `interval` milliseconds from `anchor` on, `anchor` included. A day is 24 hours, whatever the clocks do. */
export interface RateSchedule extends Common {
  readonly kind: "rate";
  readonly interval: number;
  /** Epoch milliseconds. */
  readonly anchor: number;
}

/** `at(…)`: once. */
export interface AtSchedule extends Common {
  readonly kind: "at";
  /** The local time as the milliseconds since 1970 that it would have in UTC. */
  readonly local: number;
}

/** A schedule in AWS's grammar, parsed. Plain data. */
export type Schedule = CronSchedule | RateSchedule | AtSchedule;

export interface ParseOptions {
  /** The instant from which `rate` counts, in epoch milliseconds; 1970-01-01T00:00Z otherwise. */
  readonly anchor?: number;
  /** Where the expression and the time zone stand in the user's document, for errors. */
  readonly path?: string;
  readonly timeZonePath?: string;
}

/** The longest expression that EventBridge Scheduler takes. */
const MAX_LENGTH = 256;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };
/** A rate of more than this never fires a second time before schedules end. */
const MAX_INTERVAL = (LAST_YEAR - FIRST_YEAR + 1) * 366 * DAY;

const MINUTES: FieldSpec = { name: "minutes", min: 0, max: 59, cyclic: true, steps: true, example: "0,30" };
const HOURS: FieldSpec = { name: "hours", min: 0, max: 23, cyclic: true, steps: true, example: "8,20" };
const MONTHS: FieldSpec = { name: "month", min: 1, max: 12, names: MONTH_NAMES, cyclic: true, steps: true, example: "JAN,JUL" };
const YEARS: FieldSpec = { name: "year", min: FIRST_YEAR, max: LAST_YEAR, cyclic: false, steps: true, example: "2026,2028" };

/**
 * Reads `cron(minutes hours day-of-month month day-of-week year)`, `rate(value unit)` or `at(yyyy-mm-ddThh:mm:ss)` as
 * documented for Amazon EventBridge Scheduler ("Schedule types"). Names and the letters L and W may be in any case.
 *
 * Where AWS is silent: `LW` is the month's last workday; a month without the day of `31W` has no such time; L and W may stand in
 * lists; ranges may run over the end of their field (as AWS's own example `20-2`) except for years.
 *
 * Errors: QMOI_INVALID_SCHEDULE, with the field in `data.field`; QMOI_INVALID_TIME_ZONE.
 *
 * @example parseSchedule("cron(15 8 ? * MON-FRI *)", "Europe/Berlin")
 */
export const parseSchedule = (expression: string, timeZone: string, options: ParseOptions = {}): Schedule => {
  const path = options.path ?? "expression";
  const complain: Complain = (field, value, expected) =>
    new QmoiError("QMOI_INVALID_SCHEDULE", `${field} is "${value.slice(0, MAX_LENGTH)}"; expected ${expected}`, {
      path,
      data: { field, value: value.slice(0, MAX_LENGTH), expected },
    });
  if (typeof expression !== "string") throw complain("expression", String(expression), "text");
  if (expression.length > MAX_LENGTH) throw complain("expression", `${expression.slice(0, 20)}…`, `at most ${MAX_LENGTH} characters`);
  zoneOf(timeZone, options.timeZonePath);
  const [, kind, body = ""] = /^(cron|rate|at)\(([^()]*)\)$/.exec(expression) ?? [];
  const common = { expression, timeZone };
  if (kind === "cron") return parseCron(body, common, complain);
  if (kind === "rate") return parseRate(body, common, options.anchor ?? 0, complain);
  if (kind === "at") return parseAt(body, common, complain);
  throw complain("expression", expression, "cron(…), rate(…) or at(…), in lower case");
};

const parseCron = (body: string, common: Common, complain: Complain): CronSchedule => {
  const fields = body.trim().split(/[ \t]+/);
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  if (fields.length !== 6) {
    throw complain(
      "cron",
      body,
      `6 fields (minutes hours day-of-month month day-of-week year), not ${body.trim() === "" ? 0 : fields.length}`,
    );
  }
  const values = (spec: FieldSpec, text: string): number[] => parseValues(spec, splitList(spec.name, text, complain), complain);
  return {
    kind: "cron",
    ...common,
    minutes: values(MINUTES, minutes),
    hours: values(HOURS, hours),
    days: parseDays(dayOfMonth, dayOfWeek, complain),
    months: values(MONTHS, month),
    years: values(YEARS, year),
  };
};

const parseRate = (body: string, common: Common, anchor: number, complain: Complain): RateSchedule => {
  const [valueText = "", unitText = "", third] = body.trim().split(/[ \t]+/);
  if (third !== undefined) throw complain("rate", body, "a value and a unit");
  if (!/^[1-9]\d{0,15}$/.test(valueText)) throw complain("value", valueText, "a whole number from 1");
  const value = Number(valueText);
  const unit = UNITS[unitText.replace(/s$/, "")];
  if (unit === undefined || !Object.hasOwn(UNITS, unitText.replace(/s$/, "")))
    throw complain("unit", unitText, "minute(s), hour(s) or day(s)");
  const right = value === 1 ? unitText.replace(/s$/, "") : unitText.endsWith("s") ? unitText : `${unitText}s`;
  if (unitText !== right) throw complain("unit", unitText, `${right} with the value ${value}`);
  if (value * unit > MAX_INTERVAL) throw complain("value", valueText, `at most ${MAX_INTERVAL / unit} ${right}`);
  return { kind: "rate", ...common, interval: value * unit, anchor };
};

const parseAt = (body: string, common: Common, complain: Complain): AtSchedule => {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : Number.NaN;
  // Date.parse takes 30 February for 2 March: what it read must be what was written.
  if (Number.isNaN(local) || localText(local) !== body) throw complain("at", body, "a date and time that exists, as 2026-11-20T13:00:00");
  const year = new Date(local).getUTCFullYear();
  if (year < FIRST_YEAR || year > LAST_YEAR) throw complain("at", body, `a year from ${FIRST_YEAR} to ${LAST_YEAR}`);
  return { kind: "at", ...common, local };
};
