import { QmoiError } from "../errors.ts";

const SECOND = 1_000;
const DAY = 86_400_000;
/** Days of offsets kept per zone: about eleven years, then the cache starts anew. */
const CACHED_DAYS = 4_096;

/** IANA names without a slash. Intl also knows abbreviations that IANA doesn't (`BST` is Bangladesh there), so these are listed. */
const SINGLE_NAMES = new Set(
  (
    "utc uct gmt gmt0 gmt+0 gmt-0 zulu universal greenwich cet eet met wet est mst hst est5edt cst6cdt mst7mdt pst8pdt cuba egypt eire gb gb-eire " +
    "hongkong iceland iran israel jamaica japan kwajalein libya navajo nz nz-chat poland portugal prc roc rok singapore turkey w-su"
  ).split(" "),
);

/** Offsets of one UTC day, in milliseconds east of UTC: `before` until the instant `change`, `after` from then on. */
interface DayOffsets {
  readonly before: number;
  readonly after: number;
  readonly change: number;
}

/** What a local time is in a zone: the first instant that shows it, or the jump of the clock that left it out. */
export type Resolved =
  | { readonly exists: true; readonly at: number }
  | {
      readonly exists: false;
      /** The instant of the jump. */
      readonly at: number;
      /** The first local time after the jump. */
      readonly resumes: number;
    };

/**
 * A time zone's rules, read from Intl and remembered by the day. Local times are numbers too: the milliseconds since
 * 1970 that the same reading of the clock would have in UTC.
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, DayOffsets>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  /** The local time at an instant. */
  localAt(at: number): number {
    const day = this.#day(Math.floor(at / DAY));
    return at + (at < day.change ? day.before : day.after);
  }

  /** The first instant at which clocks in this zone show `local`, or the jump over it. */
  resolve(local: number): Resolved {
    // Offsets lie between -12 and +14 hours, so the instant is in the local date's day in UTC or in one beside it.
    const date = Math.floor(local / DAY);
    let first = Number.POSITIVE_INFINITY;
    let jump: DayOffsets | undefined;
    for (let n = date - 1; n <= date + 1; n++) {
      const day = this.#day(n);
      for (const at of [local - day.before, local - day.after]) {
        if (at < first && this.localAt(at) === local) first = at;
      }
      if (day.change + day.before <= local && local < day.change + day.after) jump = day;
    }
    if (first < Number.POSITIVE_INFINITY) return { exists: true, at: first };
    if (jump === undefined)
      throw new QmoiError("QMOI_INTERNAL", `local time ${new Date(local).toISOString()} is neither shown nor skipped`);
    return { exists: false, at: jump.change, resumes: jump.change + jump.after };
  }

  #day(n: number): DayOffsets {
    const known = this.#days.get(n);
    if (known !== undefined) return known;
    const day = this.#readDay(n);
    if (this.#days.size >= CACHED_DAYS) this.#days.clear();
    this.#days.set(n, day);
    return day;
  }

  /** No zone has changed its offset twice within three days since 1970, so a day with equal ends has one offset. */
  #readDay(n: number): DayOffsets {
    const before = this.#days.get(n - 1)?.after ?? this.#read(n * DAY);
    const after = this.#days.get(n + 1)?.before ?? this.#read((n + 1) * DAY);
    if (before === after) return { before, after, change: Number.POSITIVE_INFINITY };
    let low = n * DAY;
    let high = low + DAY;
    while (high - low > SECOND) {
      const middle = low + Math.floor((high - low) / 2 / SECOND) * SECOND;
      if (this.#read(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, change: high };
  }

  #read(at: number): number {
    const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.#format.format(at)) ?? [];
    if (sign === undefined) return 0;
    const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds ?? 0)) * SECOND;
    return sign === "-" ? -size : size;
  }
}

const zones = new Map<string, TimeZone>();

/** The zone of an IANA name (any case). Errors: QMOI_INVALID_TIME_ZONE for anything else, as offsets and abbreviations. */
export const timeZone = (name: string, path = "timezone"): TimeZone => {
  const key = String(name).toLowerCase();
  const known = zones.get(key);
  if (known !== undefined) return known;
  try {
    if (!SINGLE_NAMES.has(key) && (!key.includes("/") || key.startsWith("systemv/")))
      throw new RangeError(`not an IANA time zone: ${name}`);
    const zone = new TimeZone(name);
    zones.set(key, zone);
    return zone;
  } catch (cause) {
    throw new QmoiError(
      "QMOI_INVALID_TIME_ZONE",
      `"${String(name).slice(0, 64)}" is not an IANA time zone; expected a name such as Europe/Berlin or UTC`,
      { path, cause },
    );
  }
};
