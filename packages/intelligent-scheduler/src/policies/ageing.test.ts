import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate } from "../order.ts";
import { isUrgent, responseRatio } from "./ageing.ts";
import { expectedWork, fair, fast, policyNamed } from "./index.ts";

const seconds = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.constantFrom(0, 1e-3, 1, 50, Number.POSITIVE_INFINITY, Number.NaN),
);
const candidates = fc
  .record({
    run: fc.string({ maxLength: 20 }),
    createdAt: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
    deadline: fc.option(fc.nat(1e8), { nil: undefined }),
    slots: fc.integer({ min: 1, max: 32 }),
    work: fc.record({ predicted: seconds, remaining: seconds, expected: seconds, total: seconds, path: seconds }),
    forecastRank: seconds,
    first: fc.option(
      fc.record({
        untried: fc.boolean(),
        seconds,
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        begun: fc.option(fc.nat(1e8), { nil: undefined }),
      }),
      {
        nil: undefined,
      },
    ),
  })
  .map(({ run, createdAt, deadline, slots, work, forecastRank, first }): Candidate => {
    const deadlineAt = deadline === undefined ? {} : { deadlineAt: createdAt + deadline };
    const none = () => 0;
    const ranked = {
      byRank: true,
      priority: none,
      rank: none,
      forecastRank: () => forecastRank,
      readyAt: none,
      firstOf: () =>
        first && {
          ...first,
          expected: () => first.share * work.expected,
          ...(first.begun === undefined ? {} : { since: createdAt + first.begun }),
        },
      downstream: none,
      upstream: none,
    };
    return { demand: { run, workflow: "w", priority: 5, createdAt, work, ...deadlineAt }, ranked, task: 0, slots };
  });
/** From a minute before the run was created to some days after. */
const since = fc.oneof(fc.integer({ min: -60_000, max: 60_000 }), fc.double({ min: 0, max: 3e8, noNaN: true }));
const shares = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 3, maxLength: 3 });

describe.each([fair, fast, policyNamed("fair", { ageing: 2.5, priorityFactor: 3 })])(
  "the stretch of time in which a score holds, of $name",
  (policy) => {
    it("holds the moment, is the same for each within, and no score changes much in it", () => {
      fc.assert(
        fc.property(candidates, since, shares, (candidate, later, within) => {
          const { createdAt } = candidate.demand;
          const now = createdAt + later;
          const { from, until } = policy.holds!(candidate, now);
          expect(until).toBeGreaterThan(now);
          // Before a run was created it has waited as little as at its creation.
          expect(Math.min(from, createdAt)).toBeLessThanOrEqual(Math.max(now, createdAt));
          const [begin, end] = [Math.max(from, now), Math.min(until, now + 1e9)];
          for (const share of within) {
            const moment = begin + share * (end - begin);
            if (moment >= until) continue;
            expect(policy.holds!(candidate, moment)).toEqual({ from, until });
            expect(isUrgent(candidate, moment)).toBe(isUrgent(candidate, from));
            const [then, later] = [from, moment].map((at) => expectedWork(candidate, Math.max(at, createdAt)));
            // Urgent runs stand before all others, whatever their work.
            if (!isUrgent(candidate, from)) expect(later! > 1.0501 * then! + 1e-9).toBe(false);
            const grown = responseRatio(candidate.demand, candidate.slots, moment) / responseRatio(candidate.demand, candidate.slots, from);
            const isLong = until - from > 1000 + 1e-3;
            if (policy !== fast && isLong && !isUrgent(candidate, from)) expect(grown > 1.0501).toBe(false);
          }
        }),
        { numRuns: 2000 },
      );
    });
  },
);
