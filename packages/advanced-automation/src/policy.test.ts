import { retrySchema } from "@qmoi/config/workflow";
import { ERROR_CLASSES, type Failure } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffDocuments } from "./diff.ts";
import { Heap } from "./heap.ts";
import { addTo, mergeHistograms, quantile } from "./histogram.ts";
import { nextTry, type RetryDefaults } from "./retry.ts";
import { learnedTimeout, mergeStatistics, NO_STATISTICS, observe } from "./statistics.ts";

const failure: Failure = { class: "network", code: "ECONNRESET", message: "reset" };
const defaults = Object.fromEntries(
  ERROR_CLASSES.map((name) => [name, name === "invalid" ? null : retrySchema.parse({ attempts: 3, delay: 2 })]),
) as RetryDefaults;

describe("nextTry", () => {
  const policy = (over: object) => retrySchema.parse({ attempts: 5, delay: 2, cap: 9, jitter: "none", ...over });

  it.each([
    ["constant", [2, 2, 2, 2]],
    ["linear", [2, 4, 6, 8]],
    ["exponential", [2, 4, 8, 9]],
  ])("waits by the %s backoff up to its cap", (backoff, expected) => {
    const waits = [1, 2, 3, 4].map((tries) => (nextTry(failure, tries, policy({ backoff }), defaults, 0.5) ?? -1) / 1000);
    expect(waits).toEqual(expected);
  });

  it("gives up after the last attempt, for classes that aren't listed, and for classes whose default says so", () => {
    expect(nextTry(failure, 5, policy({}), defaults, 0)).toBeUndefined();
    expect(nextTry(failure, 1, policy({ on: ["timeout"] }), defaults, 0)).toBeUndefined();
    expect(nextTry({ ...failure, class: "invalid" }, 1, policy({}), defaults, 0)).toBeUndefined();
    expect(nextTry({ ...failure, class: "invalid" }, 1, policy({ on: ["invalid"] }), defaults, 0)).toBe(2000);
    expect(nextTry(failure, 3, undefined, defaults, 0)).toBeUndefined();
    expect(nextTry(failure, 2, undefined, defaults, 0.5)).toBe(2000);
  });

  it("spreads full jitter from nothing to the whole delay and never asks before Retry-After", () => {
    const jittered = policy({ jitter: "full" });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.integer({ min: 1, max: 4 }), (random, tries) => {
        const wait = nextTry(failure, tries, jittered, defaults, random) ?? -1;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(9000);
        expect(nextTry({ ...failure, retryAfterMs: 60_000 }, tries, jittered, defaults, random)).toBe(60_000);
      }),
    );
  });
});

describe("Heap", () => {
  it("gives everything in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const value of values) heap.push(value);
        const sorted = values.map(() => heap.pop() as number);
        expect(sorted).toEqual([...values].sort((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});

describe("histogram", () => {
  it("finds quantiles within the width of a bin, merged or not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const [left, right] = [values.slice(0, 3), values.slice(3)].map((part) => part.reduce((h, value) => addTo(h, value), {}));
          const merged = mergeHistograms(left ?? {}, right ?? {});
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] as number;
          expect(quantile(merged, q) / exact).toBeGreaterThan(0.8);
          expect(quantile(merged, q) / exact).toBeLessThan(1.25);
        },
      ),
    );
  });
});

describe("learnedTimeout", () => {
  const seen = (seconds: number, count: number) =>
    Array.from({ length: count }).reduce<typeof NO_STATISTICS>(
      (sum) => mergeStatistics(sum, observe(NO_STATISTICS, { ok: true, seconds, queueSeconds: 0 })),
      NO_STATISTICS,
    );

  it("needs twenty successes, then allows ten times the longest and never less than the floor", () => {
    expect(learnedTimeout(seen(30, 19), 10, 60_000)).toBeUndefined();
    expect(learnedTimeout(seen(30, 20), 10, 60_000)).toBeGreaterThanOrEqual(300_000);
    expect(learnedTimeout(seen(0.1, 20), 10, 60_000)).toBe(60_000);
  });
});

describe("diffDocuments", () => {
  it("names what changed by task, not by place", () => {
    const task = (name: string, timeout: number) => ({ name, timeout });
    const differences = diffDocuments({ tasks: [task("a", 1), task("b", 1)] }, { tasks: [task("new", 1), task("a", 1), task("b", 2)] });
    expect(differences).toEqual([
      { path: "$.tasks[b].timeout", from: 1, to: 2 },
      { path: "$.tasks[new]", to: { name: "new", timeout: 1 } },
    ]);
  });

  it("finds nothing between equal documents and something between different ones", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        expect(diffDocuments(x, JSON.parse(JSON.stringify(x)))).toEqual([]);
        if (Array.isArray(x) || Array.isArray(y) || typeof x === "object" || typeof y === "object") return;
        expect(diffDocuments(x, y).length > 0).toBe(x !== y);
      }),
    );
  });
});
