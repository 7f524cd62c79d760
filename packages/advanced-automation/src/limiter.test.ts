import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeGrants, type Grant, grantKey, slotsUsed, splitLimit, takeToken } from "./limiter.ts";

const grants = fc.array(
  fc.record({
    run: fc.constantFrom("a", "b"),
    task: fc.nat(20),
    attempt: fc.integer({ min: 1, max: 2 }),
    slots: fc.integer({ min: 1, max: 5 }),
    expiry: fc.nat(),
  }),
  { maxLength: 20 },
);

describe("changeGrants", () => {
  it("never exceeds the limit by adding, never loses or doubles a grant", () => {
    fc.assert(
      fc.property(grants, grants, fc.array(fc.nat(25)), fc.nat(30), (first, add, removals, limit) => {
        const start = changeGrants(new Map(), 1000, new Map(), first).live;
        const before = [...start.keys()];
        const remove = new Set(removals.flatMap((n) => before[n] ?? []));
        const next = changeGrants(start, limit, new Map([...remove].map((key) => [key, undefined])), add);
        const kept = [...start.values()].filter((grant) => !remove.has(grantKey(grant)));
        expect([...start.keys()]).toEqual(before);
        for (const [key, grant] of next.live) expect(key).toBe(grantKey(grant));
        expect(slotsUsed(next.live.values())).toBeLessThanOrEqual(Math.max(limit, slotsUsed(kept)));
        for (const grant of kept) expect(next.live.get(grantKey(grant))).toBe(grant);
        for (const key of next.granted) expect(next.live.has(key)).toBe(true);
        expect(next.changed).toBe(JSON.stringify([...next.live]) !== JSON.stringify([...start]));
      }),
    );
  });

  it("grants in order what fits and passes over what doesn't", () => {
    const grant = (task: number, slots: number): Grant => ({ run: "r", task, attempt: 1, slots, expiry: 0 });
    const { granted } = changeGrants(new Map(), 4, new Map(), [grant(1, 3), grant(2, 2), grant(3, 1)]);
    expect([...granted]).toEqual(["r/1/1", "r/3/1"]);
  });

  it("tells a repeated add from one that another taker was faster with", () => {
    const grant = (nonce?: number): Grant => ({
      run: "r",
      task: 1,
      attempt: 1,
      slots: 1,
      expiry: 0,
      ...(nonce === undefined ? {} : { nonce }),
    });
    const { live } = changeGrants(new Map(), 4, new Map(), [grant(7)]);
    const again = changeGrants(live, 4, new Map(), [grant(7)]);
    expect([[...again.granted], [...again.taken], again.changed]).toEqual([["r/1/1"], [], false]);
    const other = changeGrants(live, 4, new Map(), [grant(8)]);
    expect([[...other.granted], [...other.taken], other.changed]).toEqual([[], [grant(8)], false]);
    const both = changeGrants(new Map(), 4, new Map(), [grant(7), grant(8)]);
    expect([[...both.granted], [...both.taken]]).toEqual([["r/1/1"], [grant(8)]]);
  });

  it("gives one taker's grant back only while it is that taker's", () => {
    const grant: Grant = { run: "r", task: 1, attempt: 1, slots: 1, expiry: 0, nonce: 7 };
    const { live } = changeGrants(new Map(), 4, new Map(), [grant]);
    expect([...changeGrants(live, 4, new Map([["r/1/1", 8]]), []).live.keys()]).toEqual(["r/1/1"]);
    expect([...changeGrants(live, 4, new Map([["r/1/1", 7]]), []).live.keys()]).toEqual([]);
    expect([...changeGrants(live, 4, new Map([["r/1/1", undefined]]), []).live.keys()]).toEqual([]);
  });
});

describe("splitLimit", () => {
  it("adds up, and each part has room for the largest task", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 200 }), (slots, largest) => {
        const parts = splitLimit(slots, Math.min(largest, slots));
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(slots);
        for (const part of parts) expect(part).toBeGreaterThanOrEqual(Math.min(largest, slots));
      }),
    );
  });
});

describe("takeToken", () => {
  it("never gives more than limit plus refill in any window, whatever the times asked at", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(5000), { maxLength: 80 }),
        (limit, per, gaps) => {
          let bucket: { tokens: number; at: number } | undefined;
          let now = 0;
          const taken: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const result = takeToken(bucket, limit, per, now);
            if ("bucket" in result) {
              taken.push(now);
              bucket = result.bucket;
            } else {
              const later = takeToken(bucket, limit, per, now + result.wait);
              expect("bucket" in later).toBe(true);
            }
          }
          for (const [n, from] of taken.entries()) {
            for (let m = n; m < taken.length; m++) {
              const window = (taken[m] as number) - from;
              expect(m - n + 1).toBeLessThanOrEqual(limit + (window * limit) / (per * 1000) + 1e-6);
            }
          }
        },
      ),
    );
  });

  it("refills nothing when the clock went back", () => {
    const first = takeToken(undefined, 1, 1, 10_000);
    expect(first).toEqual({ bucket: { tokens: 0, at: 10_000 } });
    expect("wait" in takeToken({ tokens: 0, at: 10_000 }, 1, 1, 5_000)).toBe(true);
  });
});
