import { describe, expect, it } from "vitest";
import { histogramForest } from "../forest/engine.ts";
import { Prng } from "../forest/prng.ts";
import { normal, outcome } from "../testing/outcomes.ts";
import type { Outcome, Prediction } from "./case.ts";
import type { QuantityModel } from "./quantity-model.ts";
import { trainQuantityModel } from "./train-quantity-model.ts";

const LEVELS = ["type", "program", "workflow", "global"];

describe("intervals of groups that are to come", () => {
  /** Groups that differ, told by a feature of their own: which one says nothing of a group to come. */
  const groups = (count: number, seed: number, told: number): Outcome[] => {
    const prng = new Prng(seed);
    return Array.from({ length: count }, (_, group) => {
      const shift = normal(prng);
      const feature = told > 0 ? shift : group;
      return Array.from({ length: 20 }, () => outcome(shift + 0.3 * normal(prng), { feature, run: `${seed}-${group}` }));
    }).flat();
  };
  const learn = (outcomes: readonly Outcome[], seed: number, kind: "numeric" | "categorical"): QuantityModel =>
    trainQuantityModel(outcomes, {
      levels: LEVELS,
      features: [{ name: "feature", kind }],
      engine: histogramForest,
      seed,
      trees: 40,
      unordered: true,
    }).model;

  const coverage = (model: QuantityModel, test: readonly Outcome[]): number =>
    test.filter((given) => {
      const { quantiles } = model.predict(given) as Prediction;
      return (quantiles[0] as number) <= given.value && given.value <= (quantiles[2] as number);
    }).length / test.length;

  const learnGroups = (count: number, seed: number, kind: "numeric" | "categorical", told = 0): QuantityModel =>
    learn(groups(count, seed, told), seed, kind);

  it("hold 90% of groups not seen, whatever tells those that were from each other", () => {
    for (const kind of ["numeric", "categorical"] as const) {
      const shares = [1, 2, 3, 4, 5, 6].map((seed) => coverage(learnGroups(15, seed, kind), groups(60, seed + 100, 0)));
      expect(shares.reduce((sum, share) => sum + share, 0) / shares.length, kind).toBeGreaterThan(0.86);
    }
  });

  it("learn nothing of a group to come from the names of those before it, and all from what they share", () => {
    const [unseen] = groups(1, 99, 0);
    expect(learnGroups(15, 1, "categorical").predict({ ...unseen!, row: [1000] })?.method).toBe("median");
    expect(learnGroups(40, 1, "numeric", 1).predict({ ...unseen!, row: [0.5] })?.method).toBe("forest");
  });

  it("of a name seen in few runs lean on how the others err", () => {
    // In three runs the one name had no task that went wrong; of the others' tasks one in four takes twenty times as long, or none does.
    const types = ["one", ...Array.from({ length: 30 }, (_, i) => `other ${i}`)];
    const others = (share: number): Outcome[] =>
      types.flatMap((type, i) => {
        const prng = new Prng(i, 5);
        const wrong = (): number => (prng.next() < share && i > 0 ? 3 : 0);
        return Array.from({ length: 30 }, (_, row) =>
          outcome(0.2 * normal(prng) + wrong(), { names: [type, type, "w"], run: `${type} ${row % 3}` }),
        );
      });
    const reach = (outcomes: readonly Outcome[]): number => {
      const { point, quantiles } = learn(outcomes, 1, "numeric").predict(outcome(0, { names: ["one", "one", "w"] })) as Prediction;
      return (quantiles[2] as number) - point;
    };
    expect(reach(others(0.25))).toBeGreaterThan(1.05 * reach(others(0)));
  });

  it("of a program seen in one run are as wide as others differ, however many never do", () => {
    const prng = new Prng(7);
    const outcomes = ["constant", "varying"].flatMap((kind) =>
      Array.from({ length: 8 }, (_, p) =>
        Array.from({ length: 3 }, (__, t) => {
          const shift = kind === "varying" ? normal(prng) : 0;
          const run = `${kind} ${p} ${t}`;
          const names = [`${kind} ${p} ${t}`, `${kind} ${p}`, "w"] as const;
          return Array.from({ length: 5 }, () => outcome(kind === "varying" ? shift + 0.1 * normal(prng) : 0, { names, run }));
        }).flat(),
      ).flat(),
    );
    const once = Array.from({ length: 40 }, () => outcome(0.1 * normal(prng), { names: ["once", "seen once", "w"], run: "once" }));
    const { level, quantiles } = learn([...outcomes, ...once], 1, "numeric").predict(
      outcome(0, { names: ["new", "seen once", "w"] }),
    ) as Prediction;
    expect([level, quantiles[2]! - quantiles[0]! > 2]).toEqual([1, true]);
  });
});
