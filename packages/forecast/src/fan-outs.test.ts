import { describe, expect, it } from "vitest";
import { FanOuts } from "./fan-outs.ts";

describe("FanOuts", () => {
  it("knows how many instances the latest runs had, each run once, by workflow and type", () => {
    const fanOuts = new FanOuts();
    for (const run of ["a", "b"]) for (let instance = 0; instance < 3; instance++) fanOuts.add("w", "t", run, run === "a" ? 5 : 3);
    fanOuts.add("w", "other", "a", 7);
    expect(fanOuts.of("w", "t")).toEqual([3, 5]);
    expect(fanOuts.of("w", "other")).toEqual([7]);
    expect(fanOuts.of("other", "t")).toEqual([]);
  });

  it("forgets older runs", () => {
    const fanOuts = new FanOuts();
    for (let run = 0; run < 50; run++) fanOuts.add("w", "t", `r${run}`, run);
    expect(fanOuts.of("w", "t")).toEqual(Array.from({ length: 20 }, (_, i) => 30 + i));
  });

  it("goes on where it was saved", () => {
    const fanOuts = new FanOuts();
    fanOuts.add("w", "t", "a", 3);
    const loaded = new FanOuts(JSON.parse(JSON.stringify(fanOuts.save())));
    loaded.add("w", "t", "a", 3);
    loaded.add("w", "t", "b", 4);
    expect(loaded.of("w", "t")).toEqual([3, 4]);
  });
});
