import { describe, expect, it } from "vitest";
import { type ErrorCode, hasCode, QmoiError } from "../errors.ts";
import { type CronSchedule, parseSchedule } from "./schedule.ts";

const cron = (body: string): CronSchedule => parseSchedule(`cron(${body})`, "UTC") as CronSchedule;

const thrown = (act: () => unknown): QmoiError => {
  try {
    act();
  } catch (error) {
    if (error instanceof QmoiError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("cron fields", () => {
  it.each<[string, keyof Pick<CronSchedule, "minutes" | "hours" | "months" | "years">, number[]]>([
    ["5 0 * * ? *", "minutes", [5]],
    ["05 0 * * ? *", "minutes", [5]],
    ["30,10,30 0 * * ? *", "minutes", [10, 30]],
    ["10-13 0 * * ? *", "minutes", [10, 11, 12, 13]],
    ["58-1 0 * * ? *", "minutes", [0, 1, 58, 59]],
    ["0/15 0 * * ? *", "minutes", [0, 15, 30, 45]],
    ["*/15 0 * * ? *", "minutes", [0, 15, 30, 45]],
    ["1/10 0 * * ? *", "minutes", [1, 11, 21, 31, 41, 51]],
    ["10-40/15 0 * * ? *", "minutes", [10, 25, 40]],
    ["50-10/7 0 * * ? *", "minutes", [4, 50, 57]],
    ["0 20-2 * * ? *", "hours", [0, 1, 2, 20, 21, 22, 23]],
    ["0 0 1 JAN,mar-May ? *", "months", [1, 3, 4, 5]],
    ["0 0 1 NOV-2 ? *", "months", [1, 2, 11, 12]],
    ["0 0 1 MAR/4 ? *", "months", [3, 7, 11]],
    ["0 0 1 1 ? 2020,2022-2024", "years", [2020, 2022, 2023, 2024]],
    ["0 0 1 1 ? 2190/4", "years", [2190, 2194, 2198]],
  ])("%s has %s %j", (body, field, values) => {
    expect(cron(body)[field]).toEqual(values);
  });

  it("takes every value of * in each field", () => {
    const schedule = cron("* * * * ? *");
    expect([schedule.minutes.length, schedule.hours.length, schedule.months.length, schedule.years.length]).toEqual([60, 24, 12, 230]);
    expect(schedule.years[0]).toBe(1970);
    expect(schedule.years.at(-1)).toBe(2199);
  });

  it.each([
    ["15", { by: "month", days: [15], last: false, lastWorkday: false, nearestWorkday: [] }],
    ["L", { by: "month", days: [], last: true, lastWorkday: false, nearestWorkday: [] }],
    ["lw", { by: "month", days: [], last: false, lastWorkday: true, nearestWorkday: [] }],
    ["15W", { by: "month", days: [], last: false, lastWorkday: false, nearestWorkday: [15] }],
    ["1w,15,L", { by: "month", days: [15], last: true, lastWorkday: false, nearestWorkday: [1] }],
    ["1/10", { by: "month", days: [1, 11, 21, 31], last: false, lastWorkday: false, nearestWorkday: [] }],
    ["30-2", { by: "month", days: [1, 2, 30, 31], last: false, lastWorkday: false, nearestWorkday: [] }],
  ])("day-of-month %s", (field, rule) => {
    expect(cron(`0 0 ${field} * ? *`).days).toEqual(rule);
  });

  it.each([
    ["1", { by: "week", weekdays: [1], last: [] }],
    ["SUN", { by: "week", weekdays: [1], last: [] }],
    ["mon-FRI", { by: "week", weekdays: [2, 3, 4, 5, 6], last: [] }],
    ["SAT-MON", { by: "week", weekdays: [1, 2, 7], last: [] }],
    ["L", { by: "week", weekdays: [7], last: [] }],
    ["5L", { by: "week", weekdays: [], last: [5] }],
    ["FRIL,2L,4", { by: "week", weekdays: [4], last: [6, 2] }],
    ["3#2", { by: "week", weekdays: [], last: [], nth: { weekday: 3, n: 2 } }],
    ["tue#5", { by: "week", weekdays: [], last: [], nth: { weekday: 3, n: 5 } }],
  ])("day-of-week %s", (field, rule) => {
    expect(cron(`0 0 ? * ${field} *`).days).toEqual(rule);
  });

  it("separates fields by any run of blanks", () => {
    expect(cron("  0   10\t* *  ? * ").hours).toEqual([10]);
  });
});

describe("cron errors say the field and what was expected", () => {
  it.each([
    ["0 10 * * ?", "cron", "6 fields"],
    ["0 10 * * ? * *", "cron", "not 7"],
    ["", "cron", "not 0"],
    ["0 10 * * * *", "day-of-month and day-of-week", "? in exactly one"],
    ["0 10 ? * ? *", "day-of-month and day-of-week", "? in exactly one"],
    ["0 10 1 * MON *", "day-of-month and day-of-week", "? in exactly one"],
    ["60 10 * * ? *", "minutes", "0 to 59"],
    ["0 24 * * ? *", "hours", "0 to 23"],
    ["-5 10 * * ? *", "minutes", "0 to 59"],
    ["1.5 10 * * ? *", "minutes", "0 to 59"],
    ["? 10 * * ? *", "minutes", "0 to 59"],
    ["0 10 0 * ? *", "day-of-month", "1 to 31"],
    ["0 10 32W * ? *", "day-of-month", "1 to 31"],
    ["0 10 W * ? *", "day-of-month", "1 to 31"],
    ["0 10 L-3 * ? *", "day-of-month", "1 to 31"],
    ["0 10 1-5W * ? *", "day-of-month", "1 to 31"],
    ["0 10 1 13 ? *", "month", "1 to 12 or JAN to DEC"],
    ["0 10 1 JANUARY ? *", "month", "JAN to DEC"],
    ["0 10 ? * 0 *", "day-of-week", "1 to 7 or SUN to SAT"],
    ["0 10 ? * 8L *", "day-of-week", "1 to 7 or SUN to SAT"],
    ["0 10 ? * 2/2 *", "day-of-week", "no step"],
    ["0 10 ? * 3#6 *", "day-of-week", "n from 1 to 5"],
    ["0 10 ? * 3#2#1 *", "day-of-week", "n from 1 to 5"],
    ["0 10 ? * 3#1,6#3 *", "day-of-week", "a single value"],
    ["0 10 ? * 3W *", "day-of-week", "1 to 7"],
    ["0 10 1 1 ? 1969", "year", "1970 to 2199"],
    ["0 10 1 1 ? 2200", "year", "1970 to 2199"],
    ["0 10 1 1 ? 2027-2025", "year", "begins with its smaller value"],
    ["0/0 10 * * ? *", "minutes", "a step of 1 to 59"],
    ["0/60 10 * * ? *", "minutes", "a step of 1 to 59"],
    ["0/ 10 * * ? *", "minutes", "a step of 1 to 59"],
    ["0/5/5 10 * * ? *", "minutes", "at most one step"],
    ["1-2-3 10 * * ? *", "minutes", "a range of two values"],
    ["1- 10 * * ? *", "minutes", "0 to 59"],
    ["1,,2 10 * * ? *", "minutes", "a value on each side"],
    ["1, 10 * * ? *", "minutes", "a value on each side"],
    ["1,* 10 * * ? *", "minutes", "alone"],
    ["0 10 ?,1 * ? *", "day-of-month", "alone"],
  ])("cron(%s): %s expected %s", (body, field, expected) => {
    const error = thrown(() => parseSchedule(`cron(${body})`, "UTC", { path: "$.schedules[0].expression" }));
    expect(error.code).toBe<ErrorCode>("QMOI_INVALID_SCHEDULE");
    expect(error.path).toBe("$.schedules[0].expression");
    expect(error.data?.field).toBe(field);
    expect(error.message).toContain(expected);
  });

  it.each(["", "cron", "cron()(", "0 10 * * ? *", "CRON(0 10 * * ? *)", " cron(0 10 * * ? *)", "cron(0 10 * * ? *", "every(1 day)"])(
    "%j is not an expression",
    (text) => {
      expect(
        hasCode(
          thrown(() => parseSchedule(text, "UTC")),
          "QMOI_INVALID_SCHEDULE",
        ),
      ).toBe(true);
    },
  );

  it("takes 256 characters and no more", () => {
    const ofLength = (length: number): string => `cron(${"10,".repeat(78)}10${" ".repeat(length - 251)}8 * * ? *)`;
    expect(ofLength(256)).toHaveLength(256);
    expect(parseSchedule(ofLength(256), "UTC").kind).toBe("cron");
    expect(thrown(() => parseSchedule(ofLength(257), "UTC")).message).toContain("at most 256 characters");
  });
});

describe("rate", () => {
  it.each([
    ["rate(1 minute)", 60_000],
    ["rate(5 minutes)", 300_000],
    ["rate(1 hour)", 3_600_000],
    ["rate(36 hours)", 129_600_000],
    ["rate(1 day)", 86_400_000],
    ["rate(7  days)", 604_800_000],
  ])("%s is %i ms from its anchor on", (text, interval) => {
    expect(parseSchedule(text, "UTC", { anchor: 17 })).toEqual({ kind: "rate", expression: text, timeZone: "UTC", interval, anchor: 17 });
  });

  it.each([
    ["rate(1 minutes)", "unit", "minute with the value 1"],
    ["rate(5 hour)", "unit", "hours with the value 5"],
    ["rate(0 minutes)", "value", "from 1"],
    ["rate(-1 minutes)", "value", "from 1"],
    ["rate(1.5 hours)", "value", "from 1"],
    ["rate(05 hours)", "value", "from 1"],
    ["rate(5 weeks)", "unit", "minute(s), hour(s) or day(s)"],
    ["rate(5 Minutes)", "unit", "minute(s), hour(s) or day(s)"],
    ["rate(5 minutess)", "unit", "minutes"],
    ["rate(5 toStrings)", "unit", "minute(s), hour(s) or day(s)"],
    ["rate(5)", "unit", "minute(s), hour(s) or day(s)"],
    ["rate(5 minutes now)", "rate", "a value and a unit"],
    ["rate(9999999999 days)", "value", "at most"],
  ])("%s: %s expected %s", (text, field, expected) => {
    const error = thrown(() => parseSchedule(text, "UTC"));
    expect(error.code).toBe<ErrorCode>("QMOI_INVALID_SCHEDULE");
    expect(error.data?.field).toBe(field);
    expect(error.message).toContain(expected);
  });
});

describe("at", () => {
  it("reads a local time", () => {
    const schedule = parseSchedule("at(2022-11-20T13:00:30)", "Europe/London");
    expect(schedule).toMatchObject({ kind: "at", local: Date.UTC(2022, 10, 20, 13, 0, 30) });
  });

  it.each([
    "2022-02-30T13:00:00",
    "2022-11-20 13:00:00",
    "2022-11-20T13:00",
    "2022-11-20T24:00:00",
    "2022-11-20T13:00:60",
    "2022-11-20T13:00:00Z",
    "22-11-20T13:00:00",
    "",
  ])("at(%s) is refused", (text) => {
    expect(thrown(() => parseSchedule(`at(${text})`, "UTC")).message).toContain("2026-11-20T13:00:00");
  });

  it.each(["1969-12-31T23:59:59", "2200-01-01T00:00:00"])("at(%s) is outside the years of AWS", (text) => {
    expect(thrown(() => parseSchedule(`at(${text})`, "UTC")).message).toContain("1970 to 2199");
  });
});

it("refuses a zone that IANA doesn't have, with its own code and path", () => {
  const error = thrown(() => parseSchedule("rate(1 day)", "Mars/Olympus", { timeZonePath: "$.schedules[0].timezone" }));
  expect([error.code, error.path]).toEqual(["QMOI_INVALID_TIME_ZONE", "$.schedules[0].timezone"]);
});
