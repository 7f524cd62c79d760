import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { occurrences, type Position } from "./occurrences.ts";
import { type FiringRequest, nominalKey, type PlannedFiring, planFirings } from "./plan.ts";
import { parseSchedule } from "./schedule.ts";
import { cronArbitrary, zoneAndInstant } from "./testing/oracle.ts";

const at = (text: string): number => Date.parse(text);
const hourly = parseSchedule("cron(0 * * * ? *)", "UTC");
const show = (firings: readonly PlannedFiring[]): string[] =>
  firings.map((f) => `${f.key.replace(":00.000Z", "")} ${f.decision} ${f.reason}`);
const request = (changes: Partial<FiringRequest>): FiringRequest => ({
  schedule: hourly,
  lastNominal: at("2026-05-01T00:00Z"),
  now: at("2026-05-01T04:00:30Z"),
  misfire: "run-once",
  cap: 10,
  ...changes,
});

describe("misfire policies", () => {
  it("run-once runs the newest, and says so of the older ones", () => {
    expect(planFirings(request({ now: at("2026-05-01T04:30Z") }))).toMatchObject({ more: false, position: at("2026-05-01T04:30Z") });
    expect(show(planFirings(request({ now: at("2026-05-01T04:30Z") })).firings)).toEqual([
      "2026-05-01T01:00 skip superseded",
      "2026-05-01T02:00 skip superseded",
      "2026-05-01T03:00 skip superseded",
      "2026-05-01T04:00 fire catch-up",
    ]);
  });

  it("run-once runs no missed one beside one that is due", () => {
    expect(show(planFirings(request({})).firings).slice(-2)).toEqual(["2026-05-01T03:00 skip superseded", "2026-05-01T04:00 fire due"]);
  });

  it("run-all runs the newest up to the cap; what is due doesn't count", () => {
    expect(show(planFirings(request({ misfire: "run-all", cap: 2 })).firings)).toEqual([
      "2026-05-01T01:00 skip over-cap",
      "2026-05-01T02:00 fire catch-up",
      "2026-05-01T03:00 fire catch-up",
      "2026-05-01T04:00 fire due",
    ]);
    expect(planFirings(request({ misfire: "run-all", cap: 3 })).firings.every((f) => f.decision === "fire")).toBe(true);
    expect(show(planFirings(request({ misfire: "run-all", cap: 0 })).firings).map((line) => line.split(" ")[2])).toEqual([
      "over-cap",
      "over-cap",
      "over-cap",
      "due",
    ]);
  });

  it("skip records what was missed", () => {
    expect(show(planFirings(request({ misfire: "skip" })).firings).map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "skip missed",
      "skip missed",
      "skip missed",
      "fire due",
    ]);
  });

  it.each(["run-once", "run-all"] as const)("%s leaves what is older than the catch-up window", (misfire) => {
    const { firings } = planFirings(request({ misfire, now: at("2026-05-01T04:30Z"), catchUpWindow: 20 * 60_000 }));
    expect(firings.map((f) => f.reason)).toEqual(Array.from({ length: 4 }, () => "outside-window"));
    expect(planFirings(request({ misfire, now: at("2026-05-01T04:30Z"), catchUpWindow: 30 * 60_000 })).firings.at(-1)?.reason).toBe(
      "catch-up",
    );
  });

  it("counts as missed what is later than the grace, two minutes unless said otherwise", () => {
    const reason = (now: string, grace?: number): string | undefined =>
      planFirings(request({ misfire: "skip", now: at(now), ...(grace === undefined ? {} : { grace }) })).firings.at(-1)?.reason;
    expect(reason("2026-05-01T04:02:00.000Z")).toBe("due");
    expect(reason("2026-05-01T04:02:00.001Z")).toBe("missed");
    expect(reason("2026-05-01T04:05:00.000Z", 300_000)).toBe("due");
    // At the border the cap counts the missed ones only.
    expect(
      planFirings(request({ misfire: "run-all", cap: 1, now: at("2026-05-01T04:02:00Z") }))
        .firings.map((f) => f.reason)
        .slice(-2),
    ).toEqual(["catch-up", "due"]);
  });
});

describe("nominal times that don't exist", () => {
  const daily = parseSchedule("cron(0/30 2 * * ? *)", "Europe/Berlin");

  it("are recorded as skipped, each under its own key", () => {
    const { firings } = planFirings(
      request({ schedule: daily, lastNominal: at("2026-03-28T12:00Z"), now: at("2026-03-29T12:00Z"), misfire: "run-all" }),
    );
    expect(firings.map((f) => [f.key, f.reason])).toEqual([
      ["2026-03-29T01:00:00.000Z/2026-03-29T02:00:00", "nonexistent-time"],
      ["2026-03-29T01:00:00.000Z/2026-03-29T02:30:00", "nonexistent-time"],
    ]);
  });

  it("don't take the place of a firing at the instant of the jump", () => {
    const both = parseSchedule("cron(0 2,3 * * ? *)", "Europe/Berlin");
    const plan = (lastNominal: Position): readonly PlannedFiring[] =>
      planFirings(request({ schedule: both, lastNominal, now: at("2026-03-29T12:00Z"), misfire: "run-once" })).firings;
    const [skipped, fired] = plan(at("2026-03-28T12:00Z"));
    expect([skipped?.decision, fired?.decision, fired?.key]).toEqual(["skip", "fire", "2026-03-29T01:00:00.000Z"]);
    expect(plan(skipped?.nominal ?? 0).map((f) => [f.key, f.reason])).toEqual([["2026-03-29T01:00:00.000Z", "catch-up"]]);
  });
});

describe("a plan in parts", () => {
  it("is bounded per call and keeps to the policy over its parts", () => {
    const minutely = parseSchedule("rate(1 minute)", "UTC");
    const now = at("2026-05-01T00:00Z");
    const keys = new Set<string>();
    let fired = 0;
    let position: Position = at("2026-04-29T00:00Z");
    for (let calls = 1; ; calls++) {
      const plan = planFirings(request({ schedule: minutely, lastNominal: position, now, misfire: "run-all", cap: 25, limit: 500 }));
      expect(plan.firings.length).toBeLessThanOrEqual(500);
      for (const firing of plan.firings) keys.add(firing.key);
      fired += plan.firings.filter((f) => f.reason === "catch-up").length;
      position = plan.position;
      if (!plan.more) {
        expect(calls).toBe(6);
        break;
      }
    }
    expect([keys.size, fired, position]).toEqual([2 * 24 * 60, 25, now]);
  });

  it("has nothing to say when nothing came, and never goes back", () => {
    expect(planFirings(request({ lastNominal: at("2026-05-01T04:00Z") }))).toEqual({
      firings: [],
      position: at("2026-05-01T04:00:30Z"),
      more: false,
    });
    expect(planFirings(request({ lastNominal: at("2026-05-01T09:00Z") }))).toEqual({
      firings: [],
      position: at("2026-05-01T09:00Z"),
      more: false,
    });
  });

  it("decides each nominal time exactly once, whatever the policy and the parts", { timeout: 60_000 }, () => {
    const policy = fc.constantFrom("run-once", "run-all", "skip" as const);
    fc.assert(
      fc.property(
        cronArbitrary,
        zoneAndInstant,
        policy,
        fc.nat({ max: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (cron, zoned, misfire, cap, limit) => {
          const schedule = parseSchedule(cron.aws, zoned.zone);
          const now = zoned.at + 20 * 3_600_000;
          const all = occurrences(schedule, zoned.at, now, 10_000);
          const decided: PlannedFiring[] = [];
          for (let lastNominal: Position = zoned.at, more = true; more; ) {
            const plan = planFirings({ schedule, lastNominal, now, misfire, cap, limit });
            decided.push(...plan.firings);
            lastNominal = plan.position;
            more = plan.more;
          }
          expect(decided.map((f) => f.key)).toEqual(all.map(nominalKey));
          expect(new Set(decided.map((f) => f.key)).size).toBe(all.length);
          const late = decided.filter((f) => f.decision === "fire" && f.reason !== "due");
          expect(late.length).toBeLessThanOrEqual(misfire === "skip" ? 0 : misfire === "run-once" ? 1 : cap);
          const fires = all.filter((o) => o.kind === "fires");
          if (misfire === "run-once" && fires.length > 0)
            expect(decided.findLast((f) => f.nominal.kind === "fires")?.decision).toBe("fire");
          expect(decided.every((f) => f.nominal.kind === "fires" || f.reason === "nonexistent-time")).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
