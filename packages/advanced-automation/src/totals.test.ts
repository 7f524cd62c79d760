import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnedTimeout, mergeStatistics, NO_STATISTICS, type Observation, observe } from "./statistics.ts";
import { Totals } from "./totals.ts";

const observations = fc.array(
  fc.record(
    {
      ok: fc.boolean(),
      seconds: fc.double({ min: 0, max: 1e4, noNaN: true }),
      queueSeconds: fc.double({ min: 0, max: 1e4, noNaN: true }),
      cpuSeconds: fc.nat(100),
      peakMemory: fc.nat(),
    },
    { requiredKeys: ["ok", "seconds", "queueSeconds"] },
  ) as fc.Arbitrary<Observation>,
  { maxLength: 60 },
);

describe("Totals", () => {
  it("comes to what observing one value after the other comes to, whatever was added in one piece", () => {
    fc.assert(
      fc.property(observations, observations, (earlier, later) => {
        const day = earlier.reduce(observe, NO_STATISTICS);
        const totals = new Totals();
        totals.add(day);
        for (const seen of later) totals.observe(seen);
        expect(totals.day).toEqual(mergeStatistics(day, later.reduce(observe, NO_STATISTICS)));
      }),
    );
  });

  it("gives the learned timeout, at most a 64th of the observations old, and never one below the longest", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { maxLength: 200 }), (runTimes) => {
        const totals = new Totals();
        const timeouts: (number | undefined)[] = [];
        for (const seconds of runTimes) {
          totals.observe({ ok: true, seconds, queueSeconds: 0 });
          timeouts.push(learnedTimeout(totals.day, 10, 5));
          const known = totals.timeout(10, 5);
          expect(timeouts.slice(-1 - Math.ceil(timeouts.length / 64))).toContain(known);
          if (known !== undefined) expect(known).toBeGreaterThanOrEqual(10_000 * totals.longest);
        }
      }),
    );
  });
});
