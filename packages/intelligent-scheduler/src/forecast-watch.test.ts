import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ForecastWatch } from "./forecast-watch.ts";
import type { Demand } from "./order.ts";
import { fair } from "./policies/index.ts";

const observation = fc.record({
  run: fc.nat(99),
  predicted: fc.double({ min: -9, max: 9, noNaN: true }),
  actual: fc.double({ min: -9, max: 9, noNaN: true }),
});
const demand = ({ run, predicted, actual }: { run: number; predicted: number; actual: number }): Demand => {
  const work = { predicted: Math.exp(predicted), total: Math.exp(actual), remaining: 1, expected: 1, path: 1 };
  return { run: `r${run}`, workflow: "w", priority: 5, createdAt: 0, work };
};
const watching = (): ForecastWatch => new ForecastWatch(() => fair);

describe("a watch that is saved and restored", () => {
  it("stands as the one that was saved, also after what comes next", () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 120, size: "max" }), fc.array(observation, { maxLength: 30 }), (before, after) => {
        // What is saved is rounded.
        const [rounded] = [before, after].map((list) =>
          list.map((each) => ({ ...each, predicted: Math.round(each.predicted), actual: Math.round(each.actual) })),
        );
        const [watch, restored] = [watching(), watching()];
        for (const each of rounded!) watch.observe(demand(each));
        restored.restore(JSON.parse(JSON.stringify(watch.save())));
        expect(restored.standing).toEqual(watch.standing);
        for (const each of after) for (const one of [watch, restored]) one.observe(demand(each));
        expect(restored.standing.failing).toBe(watch.standing.failing);
        expect(restored.standing.pairs).toBe(watch.standing.pairs);
      }),
    );
  });

  it("keeps what it knew itself, and is no larger than before", () => {
    const [one, other] = [watching(), watching()];
    for (let run = 0; run < 40; run++) {
      one.observe(demand({ run, predicted: run, actual: run }));
      other.observe(demand({ run: run + 20, predicted: -run, actual: run }));
    }
    expect([one.standing.accuracy, other.standing.failing]).toEqual([1, true]);
    other.restore(one.save());
    expect(other.save().seen.map(([run]) => run)).toEqual(Array.from({ length: 40 }, (_, i) => `r${20 + i}`));
    expect(other.standing).toMatchObject({ accuracy: 0, failing: true });
    expect(JSON.stringify(other.save()).length).toBeLessThan(2048);
  });
});

it("a watch follows forecasts that guess, since what runs take is soon known, and none that are wrong on the whole until they do better than guess", () => {
  const watch = watching();
  let run = 0;
  const told = (runs: number, predicted: (size: number) => number): boolean => {
    for (let each = 0; each < runs; each++, run++) watch.observe(demand({ run, predicted: predicted(run % 4), actual: 3 ** (run % 4) }));
    return watch.standing.failing;
  };
  expect(told(40, () => 1)).toBe(false);
  expect(watch.standing.accuracy).toBe(0.5);
  expect(told(40, (size) => 3 ** -size)).toBe(true);
  expect(told(40, () => 1)).toBe(true);
  expect(told(40, (size) => 3 ** size)).toBe(false);
});

it("a watch that distrusted forecasts does so no longer once the runs that spoke against them are forgotten and all others are of one size", () => {
  const watch = watching();
  for (let run = 0; run < 40; run++) watch.observe(demand({ run, predicted: run === 39 ? 0.5 : 1, actual: run === 39 ? 5 : 1 }));
  expect(watch.standing).toEqual({ accuracy: 0, pairs: 39, failing: true });
  for (let run = 40; run < 79; run++) watch.observe(demand({ run, predicted: 1, actual: 1 }));
  expect(watch.standing.failing).toBe(true);
  watch.observe(demand({ run: 79, predicted: 1, actual: 1 }));
  expect(watch.standing).toMatchObject({ pairs: 0, failing: false });
});
