import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProviderReport, providerState, receptionOf, silentMinutes } from "../index.ts";
import { reportSchema } from "../schemas.ts";

const report = (id: string, at: number): ProviderReport => ({ id, at, metrics: [] });
const MINUTE = 60_000;

describe("a report", () => {
  it("is accepted where it is the first or a later one, once by its id, and never in place of a later one", () => {
    expect(receptionOf(report("b", 10))).toBe("accepted");
    expect(receptionOf(report("b", 11), report("a", 10))).toBe("accepted");
    expect(receptionOf(report("a", 11), report("a", 10))).toBe("repeated");
    expect(receptionOf(report("b", 9), report("a", 10))).toBe("outdated");
  });

  it("is the latest in the end by what it is, in whatever order and however often reports come", () => {
    const reports = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(5)), {
      minLength: 1,
      maxLength: 12,
      selector: ([id]) => id,
    });
    const inAnyOrder = reports.chain((all) =>
      fc.tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(...all)),
      ),
    );
    const play = (sent: readonly (readonly [string, number])[]) => {
      let known: ProviderReport | undefined;
      const accepted: string[] = [];
      for (const [id, at] of sent) {
        if (receptionOf(report(id, at), known) !== "accepted") continue;
        expect(at).toBeGreaterThanOrEqual(known?.at ?? 0);
        known = report(id, at);
        accepted.push(id);
      }
      expect(new Set(accepted).size).toBe(accepted.length);
      return known;
    };
    fc.assert(
      fc.property(inAnyOrder, ([one, other, again]) => {
        expect(play([...one, ...again])).toEqual(play(other));
      }),
    );
  });

  it("has an id, a time and at most 20 metrics, each once", () => {
    const sent = { id: "r1", at: "2026-01-31T09:00:00Z", metrics: [{ name: "cost.day", value: -1.5, unit: "USD" }] };
    expect(reportSchema.parse(sent)).toEqual({ ...sent, at: Date.UTC(2026, 0, 31, 9) });
    const pathOf = (change: object): string | undefined =>
      reportSchema.safeParse({ ...sent, ...change }).error?.issues.map(({ path }) => path.join("."))[0];
    expect(pathOf({ id: "" })).toBe("id");
    expect(pathOf({ at: "yesterday" })).toBe("at");
    expect(pathOf({ metrics: [{ name: "1", value: 1 }] })).toBe("metrics.0.name");
    expect(pathOf({ metrics: [{ name: "a", value: Number.NaN }] })).toBe("metrics.0.value");
    expect(pathOf({ metrics: [...sent.metrics, { name: "cost.day", value: 2 }] })).toBe("metrics.1.name");
    expect(pathOf({ metrics: Array.from({ length: 21 }, (_, n) => ({ name: `m${n}`, value: n })) })).toBe("metrics");
  });
});

describe("a provider", () => {
  it("is silent once so many minutes have gone by since its latest report came", () => {
    const stateAfter = (ms: number) => providerState(silentMinutes(1_000, 1_000 + ms), 15);
    expect(stateAfter(15 * MINUTE - 1)).toBe("reporting");
    expect(stateAfter(15 * MINUTE)).toBe("silent");
  });

  it("has been silent for a day at most, and for a day where it never reported, whatever the clock says", () => {
    expect(silentMinutes(undefined, 0)).toBe(1_440);
    expect(silentMinutes(0, 10_000 * MINUTE)).toBe(1_440);
    expect(silentMinutes(5_000, 0)).toBe(0);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1_440 }), (received, now, silentAfter) => {
        const minutes = silentMinutes(received, now);
        expect(Number.isInteger(minutes) && minutes >= 0 && minutes <= 1_440).toBe(true);
        // The alarm compares minutes, and says what the list says.
        expect(providerState(minutes, silentAfter) === "silent").toBe(now - received >= silentAfter * MINUTE);
      }),
    );
  });
});
