import { describe, expect, it } from "vitest";
import { hasCode } from "../errors.ts";
import { timeZone } from "./time-zone.ts";

const at = (text: string): number => Date.parse(text);
const local = (text: string): number => Date.parse(`${text}Z`);

describe("names", () => {
  it.each([
    "UTC",
    "GMT",
    "Europe/Berlin",
    "europe/berlin",
    "Asia/Kolkata",
    "America/Argentina/Buenos_Aires",
    "Etc/GMT+5",
    "EST5EDT",
    "NZ-CHAT",
    "W-SU",
    "Japan",
  ])("takes %s", (name) => {
    expect(timeZone(name).localAt(0)).toBeTypeOf("number");
  });

  // Intl takes PST, BST and IST for Los Angeles, Bangladesh and India; nobody who writes them would know.
  it.each([
    "",
    "PST",
    "BST",
    "IST",
    "ACT",
    "+01:00",
    "UTC+1",
    "SystemV/EST5",
    "Factory",
    "localtime",
    "Europe/Bonn",
    "Europe/Berlin ",
    "../etc/passwd",
    "x".repeat(5_000),
  ])("refuses %j", (name) => {
    let error: unknown;
    try {
      timeZone(name);
    } catch (caught) {
      error = caught;
    }
    expect(hasCode(error, "QMOI_INVALID_TIME_ZONE")).toBe(true);
  });
});

describe("offsets", () => {
  it.each([
    ["UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00"],
    ["Asia/Kathmandu", "2026-07-01T12:00:00Z", "2026-07-01T17:45:00"],
    ["America/St_Johns", "2026-07-01T12:00:00Z", "2026-07-01T09:30:00"],
    ["Africa/Monrovia", "1971-07-01T12:00:00Z", "1971-07-01T11:15:30"],
    ["Europe/Berlin", "2026-03-29T00:59:59.999Z", "2026-03-29T01:59:59.999"],
    ["Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
    ["Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59"],
    ["Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30:00"],
    ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"],
  ])("%s at %s shows %s", (zone, instant, shown) => {
    expect(timeZone(zone).localAt(at(instant))).toBe(local(shown));
  });
});

describe("resolve", () => {
  it.each([
    ["Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"],
    ["America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"],
    ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"],
    ["Pacific/Kiritimati", "2026-01-01T00:00:00", "2025-12-31T10:00:00Z"],
    ["Etc/GMT+12", "2026-01-01T23:30:00", "2026-01-02T11:30:00Z"],
    ["Africa/Monrovia", "1971-07-01T12:00:00", "1971-07-01T12:44:30Z"],
  ])("%s showed %s first at %s", (zone, shown, instant) => {
    expect(timeZone(zone).resolve(local(shown))).toEqual({ exists: true, at: at(instant) });
  });

  it.each([
    ["Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
    ["Europe/Berlin", "2026-03-29T02:59:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
    ["Australia/Lord_Howe", "2026-10-04T02:29:00", "2026-10-03T15:30:00Z", "2026-10-04T02:30:00"],
    ["Antarctica/Troll", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
    ["Pacific/Apia", "2011-12-30T00:00:00", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"],
    ["Pacific/Apia", "2011-12-30T23:59:00", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"],
    ["America/Nuuk", "2026-03-28T23:30:00", "2026-03-29T01:00:00Z", "2026-03-29T00:00:00"],
    ["America/Santiago", "2026-09-06T00:30:00", "2026-09-06T04:00:00Z", "2026-09-06T01:00:00"],
  ])("%s never showed %s: it jumped at %s to %s", (zone, shown, instant, resumes) => {
    expect(timeZone(zone).resolve(local(shown))).toEqual({ exists: false, at: at(instant), resumes: local(resumes) });
  });

  it("answers the same once its memory of days was full and began anew", () => {
    const zone = timeZone("Europe/Paris");
    for (let day = 0; day < 10_000; day++) zone.localAt(day * 86_400_000);
    expect(zone.localAt(at("2026-07-01T12:00:00Z"))).toBe(local("2026-07-01T14:00:00"));
  });
});
