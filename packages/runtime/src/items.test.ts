import { describe, expect, it } from "vitest";
import { type AttemptItem, endSeqOf, keys, startSeqOf } from "./items.ts";

const attempt = (more: Partial<AttemptItem>): AttemptItem =>
  ({
    ...keys.attempt("r", 0, 1),
    v: 1,
    s: "succeeded",
    w: "w",
    tk: "t",
    le: 0,
    ra: 0,
    ga: 0,
    fo: 40,
    sa: 1,
    ea: 2,
    ...more,
  }) as AttemptItem;
const seqs = (more: Partial<AttemptItem>): unknown => [startSeqOf(attempt(more)), endSeqOf(attempt(more))];

describe("an attempt's place in the order", () => {
  it("is the store's, where that has one", () => {
    expect(seqs({ ss: 100, es: 120 })).toEqual([100, 120]);
  });

  it("is the store's also for what ended without a claim: voided, or decided by a person", () => {
    expect(seqs({ s: "void", es: 120 })).toEqual([120, 120]);
  });

  it("is between two folds where the store has none", () => {
    expect(seqs({})).toEqual([81, 82]);
  });
});
