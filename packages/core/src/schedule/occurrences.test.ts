import { describe, expect, it } from "vitest";
import { latestFirings, nextAfter, type Occurrence, occurrences, type Position, whyNever } from "./occurrences.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

const schedule = (text: string, zone = "UTC", anchor?: number): Schedule =>
  parseSchedule(text, zone, anchor === undefined ? {} : { anchor });
const at = (text: string): number => Date.parse(text);
const show = (occurrence: Occurrence): string =>
  occurrence.kind === "fires" ? new Date(occurrence.at).toISOString().replace(":00.000Z", "Z") : `skipped ${occurrence.local.slice(0, 16)}`;
const nexts = (s: Schedule, from: string, count: number): string[] => occurrences(s, at(from), Number.POSITIVE_INFINITY, count).map(show);

describe("the examples of AWS's documentation", () => {
  it.each([
    ["cron(0 10 * * ? *)", ["2026-05-01T10:00Z", "2026-05-02T10:00Z"]],
    ["cron(15 12 * * ? *)", ["2026-05-01T12:15Z", "2026-05-02T12:15Z"]],
    ["cron(0 18 ? * MON-FRI *)", ["2026-05-01T18:00Z", "2026-05-04T18:00Z"]],
    ["cron(0 8 1 * ? *)", ["2026-05-01T08:00Z", "2026-06-01T08:00Z"]],
    ["cron(0/15 * * * ? *)", ["2026-05-01T00:15Z", "2026-05-01T00:30Z"]],
    ["cron(0/10 * ? * MON-FRI *)", ["2026-05-01T00:10Z", "2026-05-01T00:20Z"]],
    ["cron(0/5 8-17 ? * MON-FRI *)", ["2026-05-01T08:00Z", "2026-05-01T08:05Z"]],
    [
      "cron(0/30 20-2 ? * MON-FRI *)",
      ["2026-05-01T00:30Z", "2026-05-01T01:00Z", "2026-05-01T01:30Z", "2026-05-01T02:00Z", "2026-05-01T02:30Z", "2026-05-01T20:00Z"],
    ],
    ["cron(15 10 ? * 6L 2025-2027)", ["2026-05-29T10:15Z", "2026-06-26T10:15Z"]],
    ["cron(0 12 ? * 3#2 *)", ["2026-05-12T12:00Z", "2026-06-09T12:00Z"]],
    ["cron(0 12 3W * ? *)", ["2026-05-04T12:00Z", "2026-06-03T12:00Z", "2026-07-03T12:00Z", "2026-08-03T12:00Z"]],
  ])("%s", (text, expected) => {
    expect(nexts(schedule(text), "2026-05-01T00:00Z", expected.length)).toEqual(expected);
  });
});

describe("days", () => {
  it.each([
    ["cron(0 0 L * ? *)", "2027-12-31T00:00Z", ["2028-01-31T00:00Z", "2028-02-29T00:00Z", "2028-03-31T00:00Z"]],
    ["cron(0 0 LW * ? *)", "2026-01-01T00:00Z", ["2026-01-30T00:00Z", "2026-02-27T00:00Z", "2026-03-31T00:00Z"]],
    // The 1st of August 2026 is a Saturday: the nearest weekday of the same month is Monday the 3rd.
    ["cron(0 0 1W 8 ? *)", "2026-01-01T00:00Z", ["2026-08-03T00:00Z", "2027-08-02T00:00Z"]],
    // The 31st of May 2026 is a Sunday and the month's last day: back to Friday.
    ["cron(0 0 31W * ? *)", "2026-05-01T00:00Z", ["2026-05-29T00:00Z", "2026-07-31T00:00Z", "2026-08-31T00:00Z"]],
    ["cron(0 0 31 * ? *)", "2026-05-01T00:00Z", ["2026-05-31T00:00Z", "2026-07-31T00:00Z"]],
    ["cron(0 0 29 2 ? *)", "2026-05-01T00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
    ["cron(0 0 29 2 ? *)", "2096-02-29T00:00Z", ["2104-02-29T00:00Z"]],
    ["cron(0 0 ? * L *)", "2026-05-01T00:00Z", ["2026-05-02T00:00Z", "2026-05-09T00:00Z"]],
    ["cron(0 0 ? * 5L *)", "2026-05-01T00:00Z", ["2026-05-28T00:00Z", "2026-06-25T00:00Z"]],
    ["cron(0 0 ? * SUN#5 *)", "2026-01-01T00:00Z", ["2026-03-29T00:00Z", "2026-05-31T00:00Z"]],
    ["cron(0 0 1,15W,L * ? *)", "2026-08-01T00:00Z", ["2026-08-14T00:00Z", "2026-08-31T00:00Z", "2026-09-01T00:00Z"]],
    ["cron(59 23 31 12 ? 2026)", "2026-05-01T00:00Z", ["2026-12-31T23:59Z"]],
  ])("%s after %s", (text, from, expected) => {
    expect(nexts(schedule(text), from, expected.length)).toEqual(expected);
  });

  it("is strictly after: not the instant itself, but one millisecond before", () => {
    const daily = schedule("cron(0 10 * * ? *)");
    expect(nextAfter(daily, at("2026-05-01T10:00:00.000Z"))).toBe(at("2026-05-02T10:00Z"));
    expect(nextAfter(daily, at("2026-05-01T09:59:59.999Z"))).toBe(at("2026-05-01T10:00Z"));
  });

  it("ends with the year 2199 and begins with 1970, wherever one starts", () => {
    const yearly = schedule("cron(0 0 1 1 ? *)");
    expect(nextAfter(yearly, at("2199-01-01T00:00Z"))).toBeUndefined();
    expect(nextAfter(yearly, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(nextAfter(yearly, Number.NEGATIVE_INFINITY)).toBe(0);
    expect(nextAfter(schedule("rate(1 day)"), 8e15)).toBeUndefined();
  });
});

describe("daylight saving", () => {
  it("skips and records a time that doesn't exist, and goes on the next day", () => {
    expect(nexts(schedule("cron(30 2 * * ? *)", "Europe/Berlin"), "2026-03-28T12:00Z", 2)).toEqual([
      "skipped 2026-03-29T02:30",
      "2026-03-30T00:30Z",
    ]);
    expect(nextAfter(schedule("cron(30 2 * * ? *)", "Europe/Berlin"), at("2026-03-28T12:00Z"))).toBe(at("2026-03-30T00:30Z"));
  });

  it("fires a time that comes twice the first time only", () => {
    expect(nexts(schedule("cron(30 2 * * ? *)", "Europe/Berlin"), "2026-10-24T12:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
    // Also from inside the second pass.
    expect(nexts(schedule("cron(0/30 * * * ? *)", "Europe/Berlin"), "2026-10-25T00:30Z", 2)).toEqual([
      "2026-10-25T02:00Z",
      "2026-10-25T02:30Z",
    ]);
    expect(nexts(schedule("cron(0/30 * * * ? *)", "Europe/Berlin"), "2026-10-25T01:10Z", 1)).toEqual(["2026-10-25T02:00Z"]);
    expect(nextAfter(schedule("cron(0/30 * * * ? *)", "Europe/Berlin"), at("2026-10-25T01:10Z"))).toBe(at("2026-10-25T02:00Z"));
  });

  it("knows half-hour changes", () => {
    const quarters = schedule("cron(0/15 1-2 * * ? *)", "Australia/Lord_Howe");
    expect(nexts(quarters, "2026-10-03T15:00Z", 4)).toEqual([
      "2026-10-03T15:15Z",
      "skipped 2026-10-04T02:00",
      "skipped 2026-10-04T02:15",
      "2026-10-03T15:30Z",
    ]);
    expect(nexts(quarters, "2026-04-04T14:30Z", 2)).toEqual(["2026-04-04T14:45Z", "2026-04-04T15:30Z"]);
  });

  it("knows the day that Samoa left out", () => {
    expect(nexts(schedule("cron(0 0/12 * * ? *)", "Pacific/Apia"), "2011-12-29T21:00Z", 5)).toEqual([
      "2011-12-29T22:00Z",
      "skipped 2011-12-30T00:00",
      "skipped 2011-12-30T12:00",
      "2011-12-30T10:00Z",
      "2011-12-30T22:00Z",
    ]);
    expect(nextAfter(schedule("cron(0 12 30 12 ? 2011-2012)", "Pacific/Apia"), at("2011-12-01T00:00Z"))).toBe(at("2012-12-29T22:00Z"));
  });

  it("goes on inside a jump from the local time that was skipped last", () => {
    const s = schedule("cron(0/20 2 * * ? *)", "Europe/Berlin");
    const all = occurrences(s, at("2026-03-28T12:00Z"), at("2026-03-30T00:00Z"), 10);
    expect(all.map(show)).toEqual([
      "skipped 2026-03-29T02:00",
      "skipped 2026-03-29T02:20",
      "skipped 2026-03-29T02:40",
      "2026-03-30T00:00Z",
    ]);
    let position: Position = at("2026-03-28T12:00Z");
    for (const expected of all) {
      const [next] = occurrences(s, position, at("2026-03-30T00:00Z"), 1);
      expect(next).toEqual(expected);
      if (next !== undefined) position = next;
    }
  });
});

describe("rate", () => {
  it("counts whole periods from the anchor, the anchor included, whatever the clocks do", () => {
    const daily = schedule("rate(1 day)", "Europe/Berlin", at("2026-03-28T08:00Z"));
    expect(nexts(daily, "2026-01-01T00:00Z", 3)).toEqual(["2026-03-28T08:00Z", "2026-03-29T08:00Z", "2026-03-30T08:00Z"]);
    expect(nexts(daily, "2026-03-28T08:00Z", 1)).toEqual(["2026-03-29T08:00Z"]);
    expect(nexts(schedule("rate(90 minutes)"), "1970-01-01T01:30Z", 1)).toEqual(["1970-01-01T03:00Z"]);
  });
});

describe("at", () => {
  it("fires once, in its zone", () => {
    const once = schedule("at(2026-11-20T13:00:00)", "America/New_York");
    expect(nexts(once, "2026-01-01T00:00Z", 5)).toEqual(["2026-11-20T18:00Z"]);
    expect(nextAfter(once, at("2026-11-20T18:00Z"))).toBeUndefined();
    expect(nextAfter(schedule("at(2026-10-25T02:30:00)", "Europe/Berlin"), 0)).toBe(at("2026-10-25T00:30Z"));
  });

  it("is skipped and recorded when its time doesn't exist", () => {
    const never = schedule("at(2026-03-29T02:30:00)", "Europe/Berlin");
    expect(nexts(never, "2026-01-01T00:00Z", 5)).toEqual(["skipped 2026-03-29T02:30"]);
    expect(nextAfter(never, 0)).toBeUndefined();
    expect(
      occurrences(never, { kind: "skipped", at: at("2026-03-29T01:00Z"), local: "2026-03-29T02:30:00" }, Number.POSITIVE_INFINITY, 5),
    ).toEqual([]);
  });
});

describe("schedules that never fire", () => {
  it.each([
    ["cron(0 0 30 2 ? *)", "UTC", "no month that it names has such a day"],
    ["cron(0 0 31 4,6,9,11 ? *)", "UTC", "no month that it names has such a day"],
    ["cron(0 0 29 2 ? 2025-2027)", "UTC", "no month that it names has such a day"],
    ["cron(0 0 ? 2 1#5 2025-2027)", "UTC", "no month that it names has such a day"],
    ["cron(0 0 1 1 ? 2025)", "UTC", "its last time was 2025-01-01T00:00:00.000Z"],
    ["at(2025-06-01T00:00:00)", "Europe/Berlin", "its last time was 2025-05-31T22:00:00.000Z"],
    ["cron(30 2 29 3 ? 2026)", "Europe/Berlin", "clocks in Europe/Berlin jump over each of its times, as 2026-03-29T02:30:00"],
    ["at(2026-03-29T02:30:00)", "Europe/Berlin", "clocks in Europe/Berlin jump over each of its times, as 2026-03-29T02:30:00"],
  ])("%s in %s: %s", (text, zone, reason) => {
    expect(nextAfter(schedule(text, zone), at("2026-01-01T00:00Z"))).toBeUndefined();
    expect(whyNever(schedule(text, zone), at("2026-01-01T00:00Z"))).toBe(reason);
  });

  it("says nothing of one that does", () => {
    expect(whyNever(schedule("cron(0 0 29 2 ? *)"), at("2026-01-01T00:00Z"))).toBeUndefined();
  });
});

describe("latestFirings", () => {
  it.each([
    ["cron(* * * * ? *)", "1999-01-01T00:00Z", "2026-01-01T00:00Z", 3, ["2025-12-31T23:58Z", "2025-12-31T23:59Z", "2026-01-01T00:00Z"]],
    ["cron(0 0 29 2 ? *)", "1999-01-01T00:00Z", "2026-01-01T00:00Z", 2, ["2020-02-29T00:00Z", "2024-02-29T00:00Z"]],
    ["cron(0 0 29 2 ? *)", "2023-01-01T00:00Z", "2026-01-01T00:00Z", 2, ["2024-02-29T00:00Z"]],
    ["cron(0 0 29 2 ? *)", "2024-02-29T00:00Z", "2026-01-01T00:00Z", 2, []],
    ["rate(1 minute)", "2025-01-01T00:00Z", "2026-01-01T00:00Z", 0, []],
  ])("%s after %s up to %s: the last %i", (text, after, to, count, expected) => {
    expect(latestFirings(schedule(text), at(after), at(to), count).map((time) => show({ kind: "fires", at: time }))).toEqual(expected);
  });
});
