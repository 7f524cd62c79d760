import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["abc", "", 3],
    ["abc", "abc", 0],
    ["retyr", "retry", 1],
    ["kitten", "sitting", 3],
    ["needs", "need", 1],
    ["ca", "abc", 3],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it("agrees with itself under a limit, or says that the limit is reached", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 6 }), (a, b, limit) => {
        const exact = editDistance(a, b);
        expect(Math.min(editDistance(a, b, limit), limit)).toBe(Math.min(exact, limit));
      }),
    );
  });
});

describe("nearest", () => {
  it("finds what was probably meant, whatever the case", () => {
    expect(nearest("dely", ["cap", "delay", "jitter"])).toBe("delay");
    expect(nearest("secretref", ["secretRef"])).toBe("secretRef");
  });

  it("prefers the closest", () => {
    expect(nearest("task1", ["task22", "task2", "task11"])).toBe("task2");
  });

  it("takes a beginning for the whole", () => {
    expect(nearest("maxRunning", ["pools", "maxRunningTasks"])).toBe("maxRunningTasks");
    expect(nearest("max", ["maxRunningTasks"])).toBeUndefined();
  });

  it("suggests nothing that is far", () => {
    expect(nearest("xyz", ["cap", "delay", "jitter"])).toBeUndefined();
    expect(nearest("a", [])).toBeUndefined();
  });
});
