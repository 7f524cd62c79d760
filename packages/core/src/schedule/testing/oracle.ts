import fc from "fast-check";

/** The reading of a clock, by Intl alone. */
export interface Reading {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  /** `2026-03-29T02:30`: sorts as the clock goes. */
  readonly text: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", weekday: "short" } as const;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...parts });
  formats.set(zone, format);
  return format;
};

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export const readClock = (zone: string, at: number): Reading => {
  const [, weekday = "", day = "", month = "", year = "", hour = "", minute = ""] =
    /^(\w+), (\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(formatOf(zone).format(at)) ?? [];
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    weekday: WEEKDAYS.indexOf(weekday) + 1,
    text: `${year}-${month}-${day}T${hour}:${minute}`,
  };
};

const asUtc = (reading: Reading): number => Date.parse(`${reading.text}Z`);

/** A field as text in AWS's grammar and in croner's, and what it matches. */
interface Field {
  readonly aws: string;
  readonly croner: string;
  readonly matches: (reading: Reading) => boolean;
}

const field = (aws: string, croner: string, matches: (reading: Reading) => boolean): Field => ({ aws, croner, matches });

/** Numbers as every field writes them: values, ranges (over the end too), steps. */
const numbers = (min: number, max: number, of: (reading: Reading) => number, shift: number, steps: boolean): fc.Arbitrary<Field> => {
  const value = fc.integer({ min, max });
  const size = max - min + 1;
  const between = (a: number, b: number, n: number): boolean => (a <= b ? n >= a && n <= b : n >= a || n <= b);
  const c = (n: number): string => String(n - shift);
  const range = (a: number, b: number): string => (a <= b ? `${c(a)}-${c(b)}` : `${c(a)}-${c(max)},${c(min)}-${c(b)}`);
  const plain = [
    value.map((a) => field(String(a), c(a), (r) => of(r) === a)),
    fc.tuple(value, value).map(([a, b]) => field(`${a}-${b}`, range(a, b), (r) => between(a, b, of(r)))),
  ];
  const step = fc.integer({ min: 1, max: Math.min(max, 30) });
  const stepped = [
    fc.tuple(value, step).map(([a, n]) => field(`${a}/${n}`, `${c(a)}-${c(max)}/${n}`, (r) => of(r) >= a && (of(r) - a) % n === 0)),
    step.map((n) => field(`*/${n}`, `*/${n}`, (r) => (of(r) - min) % n === 0)),
    fc.tuple(value, value, step).map(([a, b, n]) => {
      const matches = (v: number): boolean => between(a, b, v) && ((v - a + size) % size) % n === 0;
      const all = Array.from({ length: size }, (_, i) => min + i).filter(matches);
      return field(`${a}-${b}/${n}`, all.map(c).join(","), (r) => matches(of(r)));
    }),
  ];
  const list = fc.array(fc.oneof(...(steps ? [...plain, ...stepped] : plain)), { minLength: 1, maxLength: 3 });
  return list.map(joined);
};

const joined = (fields: readonly Field[]): Field =>
  field(fields.map((f) => f.aws).join(","), fields.map((f) => f.croner).join(","), (r) => fields.some((f) => f.matches(r)));

const star = fc.constant(field("*", "*", () => true));
const lastDay = (r: Reading): number => new Date(Date.UTC(r.year, r.month, 0)).getUTCDate();
const weekdayOf = (r: Reading, day: number): number => new Date(Date.UTC(r.year, r.month - 1, day)).getUTCDay() + 1;
const isWorkday = (r: Reading, day: number): boolean => weekdayOf(r, day) >= 2 && weekdayOf(r, day) <= 6;
/** By search, not by cases: the workday of the month that is nearest to the day. */
const nearestWorkday = (r: Reading, day: number): number =>
  [0, -1, 1, -2, 2].map((d) => day + d).find((d) => d >= 1 && d <= lastDay(r) && isWorkday(r, d)) ?? 0;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const dayOfMonth = fc.oneof(
  star,
  numbers(1, 31, (r) => r.day, 0, true),
  fc.constant(field("L", "L", (r) => r.day === lastDay(r))),
  fc.constant(field("LW", "LW", (r) => isWorkday(r, r.day) && ![1, 2, 3].some((d) => r.day + d <= lastDay(r) && isWorkday(r, r.day + d)))),
  fc.integer({ min: 1, max: 31 }).map((d) => field(`${d}W`, `${d}W`, (r) => d <= lastDay(r) && r.day === nearestWorkday(r, d))),
);
const dayOfWeek = fc.oneof(
  star,
  numbers(1, 7, (r) => r.weekday, 1, false),
  fc
    .subarray(NAMES, { minLength: 1 })
    .map((names) => field(names.join(","), names.join(","), (r) => names.includes(NAMES[r.weekday - 1] ?? ""))),
  fc.constant(field("MON-FRI", "MON-FRI", (r) => r.weekday >= 2 && r.weekday <= 6)),
  fc.constant(field("L", "6", (r) => r.weekday === 7)),
  fc.integer({ min: 1, max: 7 }).map((d) => field(`${d}L`, `${d - 1}#L`, (r) => r.weekday === d && r.day + 7 > lastDay(r))),
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }))
    .map(([d, n]) => field(`${d}#${n}`, `${d - 1}#${n}`, (r) => r.weekday === d && Math.ceil(r.day / 7) === n)),
);
const month = fc.oneof(
  { weight: 3, arbitrary: star },
  numbers(1, 12, (r) => r.month, 0, true),
  fc
    .subarray(MONTHS, { minLength: 1 })
    .map((names) => field(names.join(","), names.join(","), (r) => names.includes(MONTHS[r.month - 1] ?? ""))),
);
const year = fc.oneof(
  { weight: 5, arbitrary: star },
  fc
    .tuple(fc.integer({ min: 1973, max: 2060 }), fc.integer({ min: 0, max: 50 }))
    .map(([a, n]) => field(`${a}-${a + n}`, `${a}-${a + n}`, (r) => r.year >= a && r.year <= a + n)),
);
/** Hours in which clocks change, more often than the rest. */
const hours = fc.oneof(
  star,
  numbers(0, 23, (r) => r.hour, 0, true),
  fc.integer({ min: 0, max: 3 }).map((h) => field(String(h), String(h), (r) => r.hour === h)),
);
const minutes = fc.oneof(
  star,
  numbers(0, 59, (r) => r.minute, 0, true),
);

/** A random cron expression of AWS, the same for croner (with seconds and year), and what it matches. */
export const cronArbitrary = fc
  .tuple(
    minutes,
    hours,
    fc.oneof(
      dayOfMonth.map((f) => ({ month: true, f })),
      dayOfWeek.map((f) => ({ month: false, f })),
    ),
    month,
    year,
  )
  .map(([m, h, day, mo, y]) => ({
    aws: `cron(${m.aws} ${h.aws} ${day.month ? day.f.aws : "?"} ${mo.aws} ${day.month ? "?" : day.f.aws} ${y.aws})`,
    croner: `0 ${m.croner} ${h.croner} ${day.month ? day.f.croner : "*"} ${mo.croner} ${day.month ? "*" : day.f.croner} ${y.croner}`,
    matches: (r: Reading): boolean => [m, h, day.f, mo, y].every((f) => f.matches(r)),
    toString(): string {
      return this.aws;
    },
  }));

const NOTABLE = [
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Antarctica/Troll",
  "America/St_Johns",
  "Pacific/Kwajalein",
];
export const zoneArbitrary = fc.oneof(
  fc.constantFrom(...NOTABLE),
  fc.constantFrom(...Intl.supportedValuesOf("timeZone")),
  fc.constant("UTC"),
);

const HALF_DAY = 43_200_000;
/** Where a zone's clocks changed in a year, to the half-day; empty when they didn't. */
const changesOf = (zone: string, year: number): number[] => {
  const offset = (at: number): number => asUtc(readClock(zone, at)) - at;
  const found: number[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  for (let at = Date.UTC(year, 0, 1); at < end; at += HALF_DAY) if (offset(at) !== offset(at + HALF_DAY)) found.push(at);
  return found;
};

/** A zone and an instant on a whole minute, mostly near a change of its clocks. Offsets with seconds ended in 1972. */
export const zoneAndInstant = fc
  .tuple(zoneArbitrary, fc.integer({ min: 1973, max: 2059 }), fc.boolean(), fc.nat(), fc.integer({ min: -2_000, max: 1_000 }))
  .map(([zone, year, near, choice, minutes]) => {
    const changes = near ? changesOf(zone, year) : [];
    const base = changes.length > 0 ? (changes[choice % changes.length] ?? 0) : Date.UTC(year, 0, 1 + (choice % 365));
    return { zone, at: base + minutes * 60_000 };
  });

/** What an expression does in (from, to], by looking at each minute: instants that fire, and local times that clocks jumped over. */
export const scanMinutes = (matches: (reading: Reading) => boolean, zone: string, from: number, to: number): string[] => {
  const found: string[] = [];
  const history = 3 * 3_600_000;
  let latest = asUtc(readClock(zone, from - history));
  for (let at = from - history; at <= to; at += 60_000) {
    const reading = readClock(zone, at);
    const local = asUtc(reading);
    if (at > from) {
      for (let missing = latest + 60_000; missing < local; missing += 60_000) {
        const date = new Date(missing);
        const text = date.toISOString().slice(0, 16);
        const jumped = {
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
          weekday: date.getUTCDay() + 1,
          text,
        };
        if (matches(jumped)) found.push(`skipped ${text}`);
      }
      if (local > latest && matches(reading)) found.push(new Date(at).toISOString());
    }
    latest = Math.max(latest, local);
  }
  return found;
};

/** Whether the clock showed the same before: the second pass after it was set back. */
export const isSecondPass = (zone: string, at: number): boolean => {
  const offset = (instant: number): number => asUtc(readClock(zone, instant)) - instant;
  const back = offset(at - 3 * 3_600_000) - offset(at);
  return back > 0 && readClock(zone, at - back).text === readClock(zone, at).text;
};
