import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

describe("parseRetryAfter", () => {
  it("reads seconds", () => {
    expect(parseRetryAfter("120", NOW)).toBe(120_000);
    expect(parseRetryAfter(" 0 ", NOW)).toBe(0);
  });

  it("reads the three forms of an HTTP date", () => {
    expect(parseRetryAfter("Sun, 01 Mar 2026 12:00:30 GMT", NOW)).toBe(30_000);
    expect(parseRetryAfter("Sunday, 01-Mar-26 12:00:30 GMT", NOW)).toBe(30_000);
    expect(parseRetryAfter("Sun Mar  1 12:00:30 2026", NOW)).toBe(30_000);
  });

  it("takes a time that has passed for no wait", () => {
    expect(parseRetryAfter("Sat, 28 Feb 2026 12:00:00 GMT", NOW)).toBe(0);
  });

  it("knows nothing of anything else", () => {
    for (const text of [undefined, "", "soon", "-5", "1.5", "1e3", "2026-03-01", "Sun, 99 Foo 2026 12:00:00 GMT"]) {
      expect(parseRetryAfter(text, NOW)).toBeUndefined();
    }
  });

  it("is never negative, not finite or over a year", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
        ),
        (text) => {
          const ms = parseRetryAfter(text, NOW) ?? 0;
          expect(ms >= 0 && ms <= 365 * 86_400_000).toBe(true);
        },
      ),
    );
  });
});
