import { describe, expect, it } from "vitest";
import { Prng } from "../forest/prng.ts";
import { normal } from "../testing/outcomes.ts";
import { findLeak } from "./leaks.ts";

const prng = new Prng(1);
const column = (make: () => number): Float64Array => Float64Array.from({ length: 500 }, make);
const target = column(() => Math.exp(3 * normal(prng)));
const start = column(() => 1e4 * prng.next());
const noise = column(() => normal(prng));

describe("findLeak", () => {
  it.each<[string, Record<string, Float64Array>]>([
    ["the target in another unit", { ms: target.map((y) => Math.round(y * 1000)) }],
    ["the target, both rounded", { seconds: target.map((y) => Math.round(y)) }],
    ["its negative", { left: target.map((y) => -y) }],
    ["its logarithm", { log10: target.map(Math.log10) }],
    ["an end and a start", { end: start.map((time, i) => time + target[i]!), start }],
    ["a rate and an amount", { amount: start.map((_, i) => target[i]! * 7 * (1 + prng.next())), rate: new Float64Array(500) }],
  ])("finds %s", (what, columns) => {
    if (what === "a rate and an amount") columns.rate = columns.amount!.map((amount, i) => amount / target[i]!);
    const leak = findLeak(target, new Map(Object.entries({ noise, ...columns })));
    expect([...(leak ?? [])].sort()).toEqual(Object.keys(columns).sort());
  });

  it("lets causes pass, however strong", () => {
    const cause = target.map((y, i) => y * Math.exp(0.1 * noise[i]!));
    const several = new Map(
      Object.entries({
        noise,
        cause,
        start,
        constant: new Float64Array(500).fill(3),
        gaps: target.map((y, i) => (i % 3 ? Number.NaN : y)),
      }),
    );
    expect(findLeak(target, several)).toBeUndefined();
  });
});
