import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RankTrials, ranksPaid } from "./rank-trials.ts";
import { gainOfRanks, isPlayable, ranksPay } from "./simulate/ranks-pay.ts";
import { graphOf } from "./task-graph.ts";
import { forecastWorkflow, type WorkflowForecast } from "./workflow-forecast.ts";
import { WorkflowRanks } from "./workflow-ranks.ts";

const POOLS = [2];
/** Three tasks that need nothing, on two slots; the last one is forecast to take longest. */
const graph = graphOf([[], [], []]);
const workflow = { name: "w", ranks: new WorkflowRanks(graph) };
const forecast = forecastWorkflow(graph, [10, 20, 30]);
const gainIf = (...seconds: number[]): number => gainOfRanks(workflow, forecast, POOLS, Float64Array.from(seconds));

describe("what ranks gain", () => {
  it("is how much sooner the run ends, as a share of how long it takes in the order of readiness", () => {
    expect(gainIf(10, 20, 30)).toBeCloseTo(1 - 30 / 40, 12);
    expect(gainIf(1, 1, 10)).toBeCloseTo(1 - 10 / 11, 12);
    expect(gainIf(30, 1, 1)).toBeCloseTo(1 - 31 / 30, 12);
    expect(gainIf(0, 0, 0)).toBe(0);
  });

  it("is nothing where all tasks of each pool have room at once", () => {
    expect(isPlayable(workflow, [2])).toBe(true);
    expect(isPlayable(workflow, [3])).toBe(false);
    expect(isPlayable({ ...workflow, slots: Int32Array.of(1, 2, 1) }, [3])).toBe(true);
    expect(isPlayable({ ...workflow, pools: Int32Array.of(0, 1, 1) }, [1, 2])).toBe(false);
    expect(isPlayable({ ...workflow, pools: Int32Array.of(0, 1, 1) }, [9, 1])).toBe(true);
  });
});

describe("whether ranks pay", () => {
  it("is told by the forecast at first, and by what runs took where enough have ended", () => {
    const pays = (by: WorkflowForecast, ...gains: number[]): boolean => ranksPaid(gains, ranksPay(workflow, by, POOLS));
    expect(pays(forecast)).toBe(true);
    expect(pays(forecast, -0.03)).toBe(true);
    expect(pays(forecast, -0.03, -0.03)).toBe(false);
    const other = forecastWorkflow(graph, [30, 20, 10]);
    expect(pays(other)).toBe(false);
    expect(pays(other, 0.1, 0.2)).toBe(false);
    expect(pays(other, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2)).toBe(true);
  });

  it("as forecast is given up where nothing was gained on the mean, or more than a fifth of the runs lost over a hundredth", () => {
    expect([ranksPaid([], true), ranksPaid([-0.5], true)]).toEqual([true, true]);
    expect(ranksPaid([0, 0], true)).toBe(false);
    expect(ranksPaid([0.1, 0.1, 0.1, 0.1, -0.02], true)).toBe(true);
    expect(ranksPaid([0.1, 0.1, 0.1, -0.02], true)).toBe(false);
    expect(ranksPaid([0.1, 0.1, 0.1, -0.01], true)).toBe(true);
    expect(ranksPaid([0.001, 0.001, 0.001, 0.001, -0.02], true)).toBe(false);
  });

  it("against the forecast takes six runs of which the middle one gained over a hundredth and none lost over half of one", () => {
    const gained = [0.02, 0.02, 0.02, 0, 0, -0.005];
    expect(ranksPaid([0.02, ...gained], false)).toBe(true);
    expect(ranksPaid(gained, false)).toBe(false);
    expect(ranksPaid([0.02, 0.02, 0.02, 0.02, 0.02], false)).toBe(false);
    expect(ranksPaid([0.02, 0.02, 0.02, 0.02, 0.02, 0.02, -0.006], false)).toBe(false);
  });
});

describe("trials", () => {
  it("are those of the latest eight runs, of the latest hundred workflows", () => {
    const trials = new RankTrials();
    for (let n = 1; n <= 10; n++) trials.add("w", POOLS, n / 100);
    expect(trials.of("w", POOLS)).toEqual([0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1]);
    for (let n = 0; n < 99; n++) trials.add(`other-${n}`, POOLS, 0);
    expect(trials.of("w", POOLS)).toHaveLength(8);
    trials.add("one-more", POOLS, 0);
    expect(trials.of("w", POOLS)).toEqual([]);
    expect(trials.of("other-0", POOLS)).toEqual([0]);
  });

  it("are begun once a minute for each workflow, and say nothing of other pools", () => {
    const trials = new RankTrials();
    expect([1000, 1000, 60_999, 61_000].map((now) => trials.begin("w", now))).toEqual([true, false, false, true]);
    expect([61_000, 121_000, 121_000].map((now) => trials.begin("other", now))).toEqual([true, true, false]);
    // However many there are, and however few are kept.
    const all = Array.from({ length: 150 }, (_, n) => `w${n}`);
    const begun = (now: number): number =>
      all.filter((name) => {
        const begins = trials.begin(name, now);
        if (begins) trials.add(name, POOLS, 0);
        return begins;
      }).length;
    expect([200_000, 259_999, 260_000].map(begun)).toEqual([150, 0, 150]);
    trials.add("w", POOLS, 0.1);
    expect([trials.of("w", [3]), trials.of("w", [2, 2])]).toEqual([[], []]);
    trials.add("w", [3], 0.2);
    expect([trials.of("w", [3]), trials.of("w", POOLS)]).toEqual([[0.2], []]);
  });

  it("are the same after they were saved and restored", () => {
    const added = fc.record({
      workflow: fc.constantFrom("a", "b", "c"),
      slots: fc.integer({ min: 1, max: 2 }),
      gain: fc.double({ min: -9, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(added, { maxLength: 40 }), (all) => {
        const [trials, restored] = [new RankTrials(), new RankTrials()];
        for (const { workflow: name, slots, gain } of all) trials.add(name, [slots], gain);
        restored.restore(JSON.parse(JSON.stringify(trials.save())));
        for (const name of ["a", "b", "c"])
          for (const slots of [1, 2]) expect(restored.of(name, [slots])).toEqual(trials.of(name, [slots]));
        expect([trials.news, restored.news]).toEqual([all.length > 0, false]);
      }),
    );
  });

  it("that nobody has stored yet stay when others are taken in", () => {
    const [own, others] = [new RankTrials(), new RankTrials()];
    own.add("w", POOLS, 0.1);
    others.add("w", POOLS, 0.2);
    others.add("other", POOLS, 0.3);
    own.restore(others.save());
    expect([own.of("w", POOLS), own.of("other", POOLS)]).toEqual([[0.1], [0.3]]);
    own.news = false;
    own.restore(others.save());
    expect(own.of("w", POOLS)).toEqual([0.2]);
  });
});
