import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal, outcome } from "../testing/outcomes.ts";
import { train as trainWith } from "../testing/train.ts";
import type { Outcome, Prediction } from "./case.ts";
import { History } from "./history.ts";
import type { QuantityModel } from "./quantity-model.ts";
import type { Line } from "./size-line.ts";

const train = (outcomes: readonly Outcome[]): QuantityModel => trainWith(outcomes, 10);

/** Runs of a type with slope `slope`, each at one size, whose values have a part in common. */
const runsOf = (prng: Prng, type: string, slope: number, sizes: readonly number[]): Outcome[] =>
  sizes.flatMap((size, run) => {
    const shared = 0.2 * normal(prng);
    return Array.from({ length: 10 }, () =>
      outcome(slope * size + shared + 0.1 * normal(prng), { size, names: [type, type, "w"], run: `${type} ${run}` }),
    );
  });

/** Types whose slopes vary around `mean`: each seen in three runs of about the same size; and a run of each `distance` away. */
const world = (seed: number, mean: number, distance: number): { readonly known: Outcome[]; readonly far: Outcome[] } => {
  const prng = new Prng(seed);
  const [known, far]: [Outcome[], Outcome[]] = [[], []];
  for (let type = 0; type < 30; type++) {
    const slope = Math.max(0, mean + 0.3 * normal(prng));
    const middle = 15 + 2 * normal(prng);
    // Half of the types show how values grow.
    const reach = type % 2 ? 3 : 0.1;
    known.push(...runsOf(prng, `t${type}`, slope, [middle - reach, middle, middle + reach]));
    if (type % 2 === 0) far.push(...runsOf(prng, `t${type}`, slope, [middle + distance]));
  }
  return { known, far };
};

const SEEDS = [1, 2, 3, 4, 5, 6];
const predictions = (mean: number, distance: number): (readonly [Outcome, Prediction])[] =>
  SEEDS.flatMap((seed) => {
    const { known, far } = world(seed, mean, distance);
    const model = train(known);
    return far.map((given) => [given, model.predict(given) as Prediction] as const);
  });
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe("a size outside of those seen", () => {
  it.each([
    ["far below", -4],
    ["far above", 4],
  ])("is forecast by how other types grow, within intervals that hold: %s", (_, distance) => {
    const made = predictions(0.7, distance);
    // Off by what slopes differ over the distance, 0.8 of 0.3 × 4 on average, where a flat line would be off by 2.8.
    expect(mean(made.map(([given, { point }]) => Math.abs(point - given.value)))).toBeLessThan(1.4);
    const held = mean(made.map(([{ value }, { quantiles }]) => +((quantiles[0] as number) <= value && value <= (quantiles[2] as number))));
    expect(held).toBeGreaterThan(0.85);
    expect(made.every(([, { method }]) => method === "linear")).toBe(true);
  });

  it("is not taken for smaller work where no type grows with its input", () => {
    expect(mean(predictions(0, -4).map(([given, { point }]) => given.value - point))).toBeLessThan(1);
  });

  it("is the less sure the farther away it lies, on both sides, and exact where values never differ", () => {
    const model = train(world(1, 0.7, 0).known);
    const given = outcome(0, { names: ["t1", "t1", "w"] });
    const width = (size: number): number => {
      const { quantiles } = model.predict({ ...given, size }) as Prediction;
      return (quantiles[2] as number) - (quantiles[0] as number);
    };
    const { smallestSize: least, largestSize: most } = model.profileAt(0, given)!.history;
    const widths = [0.01, 1, 2, 4].map((distance) => [width(least - distance), width(most + distance)] as const);
    for (let i = 1; i < widths.length; i++)
      for (const side of [0, 1] as const) expect(widths[i]?.[side]).toBeGreaterThan(widths[i - 1]?.[side] as number);
    const alike = train(Array.from({ length: 60 }, (_, i) => outcome(4, { size: i / 10 })));
    for (const size of [-3, 3, 9]) expect(alike.predict(outcome(0, { size }))).toMatchObject({ point: 4, quantiles: [4, 4, 4] });
  });
});

describe("a line", () => {
  it("is no surer of how values grow by large runs whose rows are alike", () => {
    const prng = new Prng(1);
    const run = (name: string, size: number, value: number, rows: number): Outcome[] =>
      Array.from({ length: rows }, () => outcome(value + 0.01 * normal(prng), { size, run: name }));
    const lineOf = (rows: number): Line => {
      const known = [...run("a", 5, 2, rows), ...run("b", 6, 4, rows), ...run("c", 7, 3, rows)];
      return train(known).profileAt(0, outcome(0))!.history.line()!;
    };
    expect(lineOf(300).slope).toBeCloseTo(lineOf(3).slope, 1);
    expect(lineOf(300).slopeDeviation).toBeCloseTo(lineOf(3).slopeDeviation, 1);
    expect(lineOf(300).slopeDeviation).toBeGreaterThan(0.2);
  });

  it("learns sizes that come after values without any", () => {
    const history = new History();
    for (let i = 0; i < 50; i++) history.add(Number.NaN, 1);
    for (let i = 0; i < 50; i++) history.add(i / 5, 2 * (i / 5));
    expect(history.line()?.slope).toBeCloseTo(2, 1);
    expect(History.load(history.save()).line()).toEqual(history.line());
  });
});
