import { daysInMonth, weekdayOf } from "./civil.ts";
import { type Complain, type FieldSpec, parseValue, parseValues, splitList, WEEKDAY_NAMES } from "./cron-field.ts";

/** Which days of a month fire. Weekdays are 1 (Sunday) to 7. */
export type DayRule =
  | {
      readonly by: "month";
      readonly days: readonly number[];
      /** `L`: the month's last day. */
      readonly last: boolean;
      /** `LW`: the month's last day from Monday to Friday. */
      readonly lastWorkday: boolean;
      /** `15W`: the day from Monday to Friday nearest to the day, in the same month. */
      readonly nearestWorkday: readonly number[];
    }
  | {
      readonly by: "week";
      readonly weekdays: readonly number[];
      /** `6L`: the month's last Friday. */
      readonly last: readonly number[];
      /** `3#2`: the month's second Tuesday. */
      readonly nth?: { readonly weekday: number; readonly n: number };
    };

const DAY_OF_MONTH: FieldSpec = { name: "day-of-month", min: 1, max: 31, cyclic: true, steps: true, example: "1,15" };
const DAY_OF_WEEK: FieldSpec = {
  name: "day-of-week",
  min: 1,
  max: 7,
  names: WEEKDAY_NAMES,
  cyclic: true,
  steps: false,
  example: "MON,WED,FRI",
};

/** Reads the two day fields, of which exactly one is `?`. */
export const parseDays = (ofMonth: string, ofWeek: string, complain: Complain): DayRule => {
  if ((ofMonth === "?") === (ofWeek === "?")) {
    throw complain("day-of-month and day-of-week", `${ofMonth} … ${ofWeek}`, "? in exactly one of the two");
  }
  return ofWeek === "?" ? parseDaysOfMonth(ofMonth, complain) : parseDaysOfWeek(ofWeek, complain);
};

const parseDaysOfMonth = (text: string, complain: Complain): DayRule => {
  const items = splitList(DAY_OF_MONTH.name, text.toUpperCase(), complain);
  const isWorkday = (item: string): boolean => item !== "LW" && item.endsWith("W");
  const plain = items.filter((item) => item !== "L" && item !== "LW" && !isWorkday(item));
  return {
    by: "month",
    days: parseValues(DAY_OF_MONTH, plain, complain),
    last: items.includes("L"),
    lastWorkday: items.includes("LW"),
    nearestWorkday: items.filter(isWorkday).map((item) => parseValue(DAY_OF_MONTH, item.slice(0, -1), complain)),
  };
};

const parseDaysOfWeek = (text: string, complain: Complain): DayRule => {
  const items = splitList(DAY_OF_WEEK.name, text.toUpperCase(), complain);
  if (text.includes("#")) return { by: "week", weekdays: [], last: [], nth: parseNth(items, complain) };
  const isLast = (item: string): boolean => item.length > 1 && item.endsWith("L");
  // `L` alone is the last day of the week, Saturday.
  const plain = items.filter((item) => !isLast(item)).map((item) => (item === "L" ? "SAT" : item));
  return {
    by: "week",
    weekdays: parseValues(DAY_OF_WEEK, plain, complain),
    last: items.filter(isLast).map((item) => parseValue(DAY_OF_WEEK, item.slice(0, -1), complain)),
  };
};

const parseNth = (items: readonly string[], complain: Complain): { weekday: number; n: number } => {
  const [item = "", second] = items;
  if (second !== undefined) throw complain(DAY_OF_WEEK.name, items.join(","), "a single value where # is used");
  const [weekday = "", n = "", third] = item.split("#");
  if (third !== undefined || !/^[1-5]$/.test(n))
    throw complain(DAY_OF_WEEK.name, item, "weekday#n with n from 1 to 5, as 3#2 for the second Tuesday");
  return { weekday: parseValue(DAY_OF_WEEK, weekday, complain), n: Number(n) };
};

/** The days of a month on which a rule fires: bit 0 is the first day. A month without a day that is named has none for it. */
export const daysMask = (rule: DayRule, year: number, month: number): number => {
  const length = daysInMonth(year, month);
  const firstWeekday = weekdayOf(year, month, 1);
  let mask = 0;
  const add = (day: number): void => {
    if (day >= 1 && day <= length) mask |= 1 << (day - 1);
  };
  if (rule.by === "month") {
    for (const day of rule.days) add(day);
    if (rule.last) add(length);
    if (rule.lastWorkday) add(nearestWorkday(length, length, firstWeekday));
    for (const day of rule.nearestWorkday) if (day <= length) add(nearestWorkday(day, length, firstWeekday));
    return mask;
  }
  const first = (weekday: number): number => 1 + ((weekday - firstWeekday + 7) % 7);
  for (const weekday of rule.weekdays) for (let day = first(weekday); day <= length; day += 7) add(day);
  for (const weekday of rule.last) add(first(weekday) + 7 * Math.floor((length - first(weekday)) / 7));
  if (rule.nth !== undefined) add(first(rule.nth.weekday) + 7 * (rule.nth.n - 1));
  return mask;
};

const nearestWorkday = (day: number, length: number, firstWeekday: number): number => {
  const weekday = ((firstWeekday - 1 + day - 1) % 7) + 1;
  if (weekday === 7) return day === 1 ? day + 2 : day - 1;
  if (weekday === 1) return day === length ? day - 2 : day + 1;
  return day;
};
