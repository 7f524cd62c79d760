import { describe, expect, it } from "vitest";
import { SystemRandom } from "./random.ts";

describe("SystemRandom", () => {
  it("gives numbers spread over [0, 1)", () => {
    const random = new SystemRandom();
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const number = random.next();
      if (number < 0 || number >= 1) expect.unreachable();
      const tenth = Math.floor(number * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 10,000 expected with a standard deviation of 95: ten of them don't happen by chance.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(950);
  });

  it("gives identifiers of 32 hexadecimal digits, all different", () => {
    const random = new SystemRandom();
    const ids = Array.from({ length: 10_000 }, () => random.id());
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
