import { DAY, FIRST_YEAR, HOUR, LAST_YEAR, localText, MINUTE } from "./civil.ts";
import type { DayRule } from "./cron-days.ts";
import type { CronSchedule, Schedule } from "./schedule.ts";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ORDINALS = ["first", "second", "third", "fourth", "fifth"];
const UNITS: readonly (readonly [string, number])[] = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
];

/**
 * A schedule in a short English sentence without a full stop.
 *
 * @example describeSchedule(parseSchedule("cron(15 8 ? * MON-FRI *)", "Europe/Berlin")) // at 08:15 on weekdays, Europe/Berlin
 */
export const describeSchedule = (schedule: Schedule): string => {
  if (schedule.kind === "rate") return every(schedule.interval);
  if (schedule.kind === "at") return `once at ${localText(schedule.local).replace("T", " ")}, ${schedule.timeZone}`;
  return `${[times(schedule), days(schedule), years(schedule.years)].filter((part) => part !== "").join(" ")}, ${schedule.timeZone}`;
};

const every = (interval: number): string => {
  const [name, size] = UNITS.find(([, unit]) => interval % unit === 0) ?? ["minute", MINUTE];
  return `every ${interval === size ? name : `${interval / size} ${name}s`}`;
};

const times = ({ minutes, hours }: CronSchedule): string => {
  if (minutes.length * hours.length <= 3)
    return `at ${list(hours.flatMap((hour) => minutes.map((minute) => `${two(hour)}:${two(minute)}`)))}`;
  const [minute] = minutes;
  const hourStep = stepOf(hours, 24);
  if (minutes.length === 1 && hourStep !== undefined) return `${every(hourStep * HOUR)} at minute ${minute}`;
  const minuteStep = stepOf(minutes, 60);
  const within =
    minuteStep === undefined ? `at ${minutes.length === 1 ? "minute" : "minutes"} ${ranges(minutes)}` : every(minuteStep * MINUTE);
  if (hours.length < 24) return `${within} in ${hours.length === 1 ? "hour" : "hours"} ${ranges(hours)}`;
  return minuteStep === undefined ? `${within} of every hour` : within;
};

const days = (schedule: CronSchedule): string => {
  const rule = schedule.days;
  const someMonths = schedule.months.length < 12 ? named(schedule.months, MONTHS, 1) : undefined;
  if (isEveryDay(rule)) {
    const daily = schedule.minutes.length * schedule.hours.length <= 3 ? "every day" : "";
    return someMonths === undefined ? daily : `${daily} in ${someMonths}`.trim();
  }
  const plainWeekdays = rule.by === "week" && rule.nth === undefined && rule.last.length === 0;
  if (plainWeekdays) return `on ${weekdays(rule.weekdays)}${someMonths === undefined ? "" : ` in ${someMonths}`}`;
  return `on ${list(dayParts(rule))} of ${someMonths ?? "the month"}`;
};

const isEveryDay = (rule: DayRule): boolean => (rule.by === "month" ? rule.days.length === 31 : rule.weekdays.length === 7);

const dayParts = (rule: DayRule): string[] => {
  if (rule.by === "week") {
    if (rule.nth !== undefined) return [`the ${ORDINALS[rule.nth.n - 1]} ${WEEKDAYS[rule.nth.weekday - 1]}`];
    return [
      ...(rule.weekdays.length > 0 ? [`each ${weekdays(rule.weekdays)}`] : []),
      ...rule.last.map((weekday) => `the last ${WEEKDAYS[weekday - 1]}`),
    ];
  }
  return [
    ...(rule.days.length > 0 ? [`${rule.days.length === 1 ? "day" : "days"} ${ranges(rule.days)}`] : []),
    ...rule.nearestWorkday.map((day) => `the weekday nearest to day ${day}`),
    ...(rule.last ? ["the last day"] : []),
    ...(rule.lastWorkday ? ["the last weekday"] : []),
  ];
};

const weekdays = (values: readonly number[]): string => {
  const key = values.join();
  return key === "2,3,4,5,6" ? "weekdays" : key === "1,7" ? "weekends" : named(values, WEEKDAYS, 1);
};

const years = (values: readonly number[]): string => (values.length === LAST_YEAR - FIRST_YEAR + 1 ? "" : `in ${ranges(values)}`);

/** The step of values that go evenly through a whole cycle from 0 on. */
const stepOf = (values: readonly number[], cycle: number): number | undefined => {
  const step = cycle / values.length;
  return Number.isInteger(step) && values.length > 1 && values.every((value, index) => value === index * step) ? step : undefined;
};

const two = (value: number): string => String(value).padStart(2, "0");
const ranges = (values: readonly number[]): string => named(values, undefined, 0);

/** `1 to 5, 8 and 10`: three or more in a row become a range. */
const named = (values: readonly number[], names: readonly string[] | undefined, first: number): string => {
  const name = (value: number): string => names?.[value - first] ?? String(value);
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (values[to + 1] === (values[to] ?? 0) + 1) to++;
    if (to - from >= 2) parts.push(`${name(values[from] ?? 0)} to ${name(values[to] ?? 0)}`);
    else parts.push(...values.slice(from, to + 1).map(name));
    from = to + 1;
  }
  return list(parts);
};

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
