import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QmoiError } from "../errors.ts";
import { describeSchedule } from "./describe.ts";
import { nextAfter, type Occurrence, occurrences, type Position, whyNever } from "./occurrences.ts";
import { parseSchedule } from "./schedule.ts";
import { cronArbitrary, isSecondPass, readClock, scanMinutes, zoneAndInstant, zoneArbitrary } from "./testing/oracle.ts";

const show = (occurrence: Occurrence): string =>
  occurrence.kind === "fires" ? new Date(occurrence.at).toISOString() : `skipped ${occurrence.local.slice(0, 16)}`;
const HOUR = 3_600_000;

describe("against a scan of each minute", () => {
  it("finds the same firings and the same skipped times, wherever clocks change", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(cronArbitrary, zoneAndInstant, (cron, { zone, at }) => {
        const to = at + 40 * HOUR;
        const schedule = parseSchedule(cron.aws, zone);
        const found = occurrences(schedule, at, to, 10_000);
        expect(found.map(show)).toEqual(scanMinutes(cron.matches, zone, at, to));
        const first = found.find(({ kind }) => kind === "fires")?.at;
        const next = nextAfter(schedule, at);
        expect(next !== undefined && next <= to ? next : undefined).toBe(first);
      }),
      { numRuns: 150 },
    );
  });

  it("finds the same when it goes on from any occurrence", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(cronArbitrary, zoneAndInstant, fc.integer({ min: 1, max: 7 }), (cron, { zone, at }, part) => {
        const schedule = parseSchedule(cron.aws, zone);
        const whole = occurrences(schedule, at, at + 30 * HOUR, 100);
        let position: Position = at;
        const parts: Occurrence[] = [];
        while (parts.length < whole.length) {
          const found = occurrences(schedule, position, at + 30 * HOUR, part);
          parts.push(...found);
          position = found.at(-1) ?? position;
          if (found.length === 0) break;
        }
        expect(parts.slice(0, whole.length)).toEqual(whole);
      }),
      { numRuns: 150 },
    );
  });
});

/**
 * croner's rules where clocks change are others: a single time of day that doesn't exist moves behind the gap, and a
 * repeated time fires twice unless it's single. So of its times we leave out those whose reading doesn't match the
 * fields (moved) and those that the clock showed before (second pass). What is left must be ours, one for one.
 */
const cronerFirings = (
  pattern: string,
  matches: (zone: string, at: number) => boolean,
  zone: string,
  from: number,
  count: number,
): number[] => {
  const cron = new Cron(pattern, { timezone: zone, mode: "7-part" });
  const found: number[] = [];
  for (let next = cron.nextRun(new Date(from)); next !== null && found.length < count; next = cron.nextRun(next)) {
    const at = next.getTime();
    if (at > Date.UTC(2100, 0, 1)) break;
    if (matches(zone, at) && !isSecondPass(zone, at)) found.push(at);
  }
  return found;
};

describe("against croner, after translation", () => {
  it("gives the same next times in all zones", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(cronArbitrary, zoneAndInstant, (cron, { zone, at }) => {
        const schedule = parseSchedule(cron.aws, zone);
        const theirs = cronerFirings(cron.croner, (z, t) => cron.matches(readClock(z, t)), zone, at, 5);
        const ours: number[] = [];
        for (
          let next = nextAfter(schedule, at);
          next !== undefined && next <= Date.UTC(2100, 0, 1) && ours.length < 5;
          next = nextAfter(schedule, next)
        )
          ours.push(next);
        expect(ours.map((t) => new Date(t).toISOString())).toEqual(theirs.map((t) => new Date(t).toISOString()));
      }),
      { numRuns: 500 },
    );
  });
});

describe("any text", () => {
  const alphabet = fc.constantFrom(
    ..."0123456789*?/,-#LWlw ()",
    "cron(",
    "rate(",
    "at(",
    "MON",
    "JAN",
    "minutes",
    "day",
    "T",
    ":",
    "é",
    "\u0000",
    "\n",
  );
  const mutated = fc
    .tuple(cronArbitrary, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), alphabet), { maxLength: 3 }))
    .map(([cron, changes]) =>
      changes.reduce(
        (text, [where, remove, insert]) => text.slice(0, where % text.length) + insert + text.slice((where % text.length) + remove),
        cron.aws,
      ),
    );
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.array(alphabet, { maxLength: 60 }).map((parts) => parts.join("")),
    mutated,
  );

  it("is refused with a code, or is a schedule whose questions all have answers", { timeout: 120_000 }, () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        text,
        fc.oneof({ weight: 9, arbitrary: zoneArbitrary }, { weight: 1, arbitrary: fc.string() }),
        fc.integer({ min: -1e12, max: 8e12 }),
        (expression, zone, after) => {
          try {
            const schedule = parseSchedule(expression, zone);
            accepted++;
            const next = nextAfter(schedule, after);
            if (next !== undefined) expect(next).toBeGreaterThan(after);
            expect(whyNever(schedule, after) === undefined).toBe(next !== undefined);
            expect(occurrences(schedule, after, Number.POSITIVE_INFINITY, 3).length).toBeLessThanOrEqual(3);
            expect(describeSchedule(schedule)).toMatch(/^(at|on|in|once|every) .{3,}$/);
          } catch (error) {
            if (!(error instanceof QmoiError)) throw error;
            expect(["QMOI_INVALID_SCHEDULE", "QMOI_INVALID_TIME_ZONE"]).toContain(error.code);
            refused++;
          }
        },
      ),
      { numRuns: 8_000 },
    );
    // Both kinds must really occur, or the test says nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(300);
  });
});
