import { describe, expect, it } from "vitest";
import { hash32, SeededRandom } from "./random.ts";

const draw = (random: SeededRandom, count: number): number[] => Array.from({ length: count }, () => random.next());

describe("SeededRandom", () => {
  it("gives the same numbers for the same seed and others for another", () => {
    expect(draw(new SeededRandom("7"), 100)).toEqual(draw(new SeededRandom("7"), 100));
    expect(draw(new SeededRandom("7"), 4)).not.toEqual(draw(new SeededRandom("8"), 4));
  });

  it("is uniform: each tenth of [0, 1) is hit about equally often (chi-square, 9 degrees, p = 0.001)", () => {
    const counts = new Array<number>(10).fill(0);
    const values = draw(new SeededRandom("uniform"), 100_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (const value of values) {
      const tenth = Math.floor(value * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  it("forks by purpose, independently of what was drawn before", () => {
    const one = new SeededRandom("s");
    draw(one, 10);
    expect(draw(one.fork("faults"), 5)).toEqual(draw(new SeededRandom("s").fork("faults"), 5));
    expect(draw(one.fork("faults"), 5)).not.toEqual(draw(one.fork("time"), 5));
  });

  it("names ids of 32 hexadecimal digits, each once", () => {
    const random = new SeededRandom("ids");
    const ids = new Set(Array.from({ length: 1000 }, () => random.id()));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("draws whole numbers within both bounds", () => {
    const random = new SeededRandom("ints");
    const drawn = new Set(Array.from({ length: 200 }, () => random.int(3, 5)));
    expect([...drawn].sort()).toEqual([3, 4, 5]);
  });
});

describe("hash32", () => {
  it("spreads texts that differ little", () => {
    expect(new Set(Array.from({ length: 10_000 }, (_, n) => hash32(`seed ${n}`) >>> 16)).size).toBeGreaterThan(9000);
  });
});
