import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { quantileOf } from "./quantile.ts";
import { Reservoir } from "./reservoir.ts";

const filled = (size: number, numbers: readonly number[]): Reservoir => {
  const reservoir = new Reservoir(size);
  for (const number of numbers) reservoir.add(number);
  return reservoir;
};

describe("Reservoir", () => {
  it("keeps all while they fit, and never more than its size", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 30 }), (numbers) => {
        const reservoir = filled(10, numbers);
        expect(reservoir.length).toBe(Math.min(10, numbers.length));
        if (numbers.length <= 10) expect([...reservoir.sorted()]).toEqual([...Float64Array.from(numbers).sort()]);
        else for (const number of reservoir.numbers) expect(numbers).toContain(number);
      }),
    );
  });

  it("forgets old numbers for new ones", () => {
    const reservoir = filled(64, [...new Array(1000).fill(0), ...new Array(400).fill(1)]);
    expect(reservoir.numbers.filter((number) => number === 0).length).toBeLessThan(5);
  });

  it("is filled with numbers that have the same quantiles", () => {
    const prng = new Prng(1);
    const numbers = Array.from({ length: 5000 }, () => prng.next());
    const reservoir = new Reservoir(64);
    reservoir.fill(numbers);
    expect(reservoir.length).toBe(64);
    for (const p of [0.05, 0.5, 0.95]) expect(Math.abs(quantileOf(reservoir.sorted(), p) - p)).toBeLessThan(0.02);
  });

  it("counts weights when it is filled", () => {
    const reservoir = new Reservoir(10);
    reservoir.fill([1, 2, 3], [1, 1, 8]);
    expect([...reservoir.sorted()]).toEqual([2, 3, 3]);
  });

  it("gives a bound that a further number stays below as often as asked", () => {
    const prng = new Prng(2);
    for (const n of [19, 64, 500]) {
      let below = 0;
      for (let round = 0; round < 4000; round++) {
        const reservoir = new Reservoir(64);
        reservoir.fill(Array.from({ length: n }, () => prng.next()));
        if (prng.next() <= reservoir.conformalQuantile(0.95)) below++;
      }
      expect(Math.abs(below / 4000 - 0.95)).toBeLessThan(0.012);
    }
  });

  it("is saved and loaded", () => {
    const reservoir = filled(5, [3, 1, 4, 1, 5, 9, 2]);
    const loaded = Reservoir.load(5, reservoir.save());
    loaded.add(6);
    reservoir.add(6);
    expect(loaded.save()).toEqual(reservoir.save());
  });
});
