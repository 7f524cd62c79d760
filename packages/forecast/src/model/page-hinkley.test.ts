import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { PageHinkley } from "./page-hinkley.ts";

const normal = (prng: Prng): number => Math.sqrt(-2 * Math.log(1 - prng.next())) * Math.cos(2 * Math.PI * prng.next());

/** Cases until the alarm; the limit if there is none. */
const casesToAlarm = (shift: number, seed: number, limit: number): number => {
  const test = new PageHinkley();
  const prng = new Prng(seed);
  for (let i = 1; i < limit; i++) if (test.add(shift + normal(prng))) return i;
  return limit;
};

describe("PageHinkley", () => {
  it("stays quiet while errors lie around zero", () => {
    for (let seed = 0; seed < 10; seed++) expect(casesToAlarm(0, seed, 5000)).toBe(5000);
  });

  it("raises the alarm soon after a lasting change, up or down", () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(casesToAlarm(1.5, seed, 1000)).toBeLessThan(40);
      expect(casesToAlarm(-1.5, seed, 1000)).toBeLessThan(40);
    }
  });

  it("takes no single case for a change", () => {
    const test = new PageHinkley();
    expect(test.add(1e9)).toBe(false);
    expect(test.add(-1e9)).toBe(false);
  });

  it("goes on after it is saved and loaded", () => {
    const test = new PageHinkley();
    for (let i = 0; i < 5; i++) test.add(2);
    const loaded = PageHinkley.load(test.save());
    for (let i = 0; i < 10; i++) expect(loaded.add(2)).toBe(test.add(2));
  });
});
