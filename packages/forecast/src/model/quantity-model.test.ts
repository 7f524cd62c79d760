import { describe, expect, it } from "vitest";
import { packBlocks, unpackBlocks } from "../codec/blocks.ts";
import { histogramForest } from "../forest/engine.ts";
import { Prng } from "../forest/prng.ts";
import { normal, outcome } from "../testing/outcomes.ts";
import { train as trainWith } from "../testing/train.ts";
import type { Outcome, Prediction } from "./case.ts";
import { decodeModel, encodeModel } from "./model-codec.ts";
import type { QuantityModel } from "./quantity-model.ts";

const train = (outcomes: readonly Outcome[]): QuantityModel => trainWith(outcomes, 40);
const rows = (count: number, make: (prng: Prng, row: number) => Outcome, seed = 1): Outcome[] => {
  const prng = new Prng(seed);
  return Array.from({ length: count }, (_, row) => make(prng, row));
};
const isInside = (model: QuantityModel, given: Outcome): boolean => {
  const {
    quantiles: [low = 0, , high = 0],
  } = model.predict(given) as Prediction;
  return low <= given.value && given.value <= high;
};
const coverage = (model: QuantityModel, test: readonly Outcome[]): number =>
  test.filter((given) => isInside(model, given)).length / test.length;

describe("the selector", () => {
  it("takes the line where size decides", () => {
    const model = train(rows(200, (prng) => ((size) => outcome(size + 0.1 * normal(prng), { size }))(10 * prng.next())));
    const prediction = model.predict(outcome(0, { size: 5 }));
    expect(prediction?.method).toBe("linear");
    expect(prediction?.point).toBeCloseTo(5, 0);
  });

  it("takes the median where nothing decides", () => {
    const model = train(rows(200, (prng) => outcome(3 + normal(prng), { size: 10 * prng.next(), feature: prng.next() })));
    expect(model.predict(outcome(0, { size: 5, feature: 0.5 }))?.method).toBe("median");
  });

  it("takes the forest where another feature decides, on top of the line", () => {
    const make = (prng: Prng): Outcome => {
      const [size, feature] = [10 * prng.next(), prng.next()];
      return outcome(size + (feature > 0.5 ? 2 : -2) + 0.1 * normal(prng), { size, feature });
    };
    const model = train(rows(600, make));
    const prediction = model.predict(outcome(0, { size: 5, feature: 0.9 }));
    expect(prediction?.method).toBe("forest");
    expect(Math.abs((prediction?.point ?? 0) - 7)).toBeLessThan(0.5);
  });

  it("takes the line, and says less surely, for a size beyond all that it saw", () => {
    const make = (prng: Prng): Outcome => {
      const [size, feature] = [10 * prng.next(), prng.next()];
      return outcome(size + (feature > 0.5 ? 2 : -2), { size, feature });
    };
    const model = train(rows(600, make));
    const near = model.predict(outcome(0, { size: 9.9, feature: 0.9 })) as Prediction;
    const beyond = model.predict(outcome(0, { size: 13, feature: 0.9 })) as Prediction;
    expect(near.method).toBe("forest");
    expect(beyond.method).toBe("linear");
    expect(Math.abs(beyond.point - 13)).toBeLessThan(0.5);
    const width = ({ quantiles: [low = 0, , high = 0] }: Prediction): number => high - low;
    expect(width(beyond)).toBeGreaterThan(width(near));
  });

  it("changes its mind as outcomes come in", () => {
    const model = train(rows(100, (prng) => outcome(normal(prng), { size: 10 * prng.next() })));
    expect(model.predict(outcome(0, { size: 5 }))?.method).toBe("median");
    for (const given of rows(600, (prng) => ((size) => outcome(size - 5 + 0.05 * normal(prng), { size }))(10 * prng.next()), 2))
      model.observe(given);
    expect(model.predict(outcome(0, { size: 8 }))?.method).not.toBe("median");
    expect(model.predict(outcome(0, { size: 8 }))?.point).toBeCloseTo(3, 0);
  });
});

describe("a cold start", () => {
  const named = (type: string, program: string, workflow: string, value: number): Outcome =>
    outcome(value, { names: [type, program, workflow] });
  const history = rows(90, (_, row) => named(`t${row % 3}`, row % 3 === 0 ? "p0" : "p1", row % 3 === 2 ? "w2" : "w1", row % 3));
  const model = train(history);

  it("goes from the type to the program, the workflow and all, and says which", () => {
    expect(model.predict(named("t1", "p1", "w1", 0))).toMatchObject({ level: 0, point: 1, observations: 30 });
    expect(model.predict(named("new", "p0", "w1", 0))).toMatchObject({ level: 1, point: 0, observations: 30 });
    expect(model.predict(named("new", "new", "w2", 0))).toMatchObject({ level: 2, point: 2, observations: 30 });
    expect(model.predict(named("new", "new", "new", 0))).toMatchObject({ level: 3, observations: 90 });
  });

  it("believes the user before it takes all tasks alike", () => {
    const declared = { ...named("new", "new", "new", 0), declared: 7 };
    expect(model.predict(declared)).toMatchObject({ level: -1, method: "declared", point: 7 });
    expect(model.predict({ ...declared, names: ["t1", "p1", "w1"] })).toMatchObject({ level: 0 });
  });

  it("is as unsure of a new type as types differ, though one of them is seen most", () => {
    const differing = rows(400, (prng, row) =>
      named(row % 10 === 0 ? `t${row % 70}` : "usual", "p", "w", row % 10 === 0 ? (row % 70) / 10 : 3 + 0.01 * normal(prng)),
    );
    const {
      quantiles: [low = 0, , high = 0],
      level,
    } = train(differing).predict(named("new", "p", "w", 0)) as Prediction;
    expect(level).toBe(1);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(5);
  });

  it("is no less sure of a new type of a program seen a few times than a factor of 100, or than it is of all tasks", () => {
    // Tasks of one program, from a hundredth of a second to minutes, and many of another that are all alike.
    const few = [-4.6, 1.1, -4.4, 5, -4.5, 1].map((value, i) => outcome(value, { names: [`f${i}`, "few", `w${i}`], run: `r${i >> 1}` }));
    const many = rows(300, (prng, row) => outcome(-3 + 0.3 * normal(prng), { names: [`m${row % 9}`, "many", "w"], run: `s${row % 30}` }));
    const reach = (model: QuantityModel, program: string): number => {
      const { point, quantiles } = model.predict(outcome(0, { names: ["new", program, "other"] })) as Prediction;
      return Math.max(...quantiles.map((quantile) => Math.abs(quantile - point)));
    };
    const model = train([...few, ...many]);
    expect(model.predict(outcome(0, { names: ["new", "few", "other"] }))).toMatchObject({ level: 1, observations: 6 });
    expect(reach(model, "few")).toBeLessThanOrEqual(Math.max(Math.log(100), reach(model, "nobody's")) + 1e-9);
    // Where all tasks differ by more, so may these.
    const apart = train([...few, ...many.map((row, i) => ({ ...row, value: i % 2 ? -9 : 9 }))]);
    expect(reach(apart, "few")).toBeGreaterThan(Math.log(100) + 1);
  });

  it("learns how users err, from many types and not from the many tasks of one", () => {
    const one = rows(1000, () => outcome(11, { declared: 4, names: ["loud", "p", "w"] }));
    const others = rows(100, (prng, row) => outcome(5 + 0.1 * normal(prng), { declared: 4, names: [`t${row % 20}`, "p", "w"] }));
    for (const known of [others, [...one, ...others]]) {
      const prediction = train(known).predict({ ...named("new", "new", "new", 0), declared: 8 }) as Prediction;
      expect(prediction.point).toBeCloseTo(9, 0);
      expect(prediction.quantiles[0]).toBeGreaterThan(8.5);
    }
  });

  it("says nothing while nothing is known", () => {
    expect(train([]).predict(outcome(0))).toBeUndefined();
    expect(train([]).predict(outcome(0, { declared: 2 }))).toMatchObject({ level: -1, point: 2 });
    expect(train([outcome(Number.NaN)]).predict(outcome(0))).toBeUndefined();
  });

  it("learns from the first outcome on", () => {
    const fresh = train([]);
    fresh.observe(outcome(4));
    expect(fresh.predict(outcome(0))).toMatchObject({ level: 0, point: 4, observations: 1 });
    fresh.observe(outcome(Number.NaN));
    expect(fresh.predict(outcome(0))).toMatchObject({ observations: 1 });
  });

  it("holds a single value, and equal ones, for exact only once there are enough", () => {
    const one = train([outcome(4)]).predict(outcome(0)) as Prediction;
    expect(one.point).toBe(4);
    expect(one.quantiles[2]! - one.quantiles[0]!).toBeGreaterThan(1);
    expect(train(rows(100, () => outcome(4))).predict(outcome(0))).toMatchObject({ point: 4, quantiles: [4, 4, 4] });
  });
});

describe("intervals", () => {
  const worlds: Record<string, (prng: Prng) => Outcome> = {
    "normal noise": (prng) => outcome(normal(prng)),
    "skewed noise": (prng) => outcome(-Math.log(1 - prng.next())),
    "a line with noise": (prng) => ((size) => outcome(0.8 * size + 0.3 * normal(prng), { size }))(10 * prng.next()),
    "noise that grows with a feature": (prng) => ((feature) => outcome(feature * normal(prng), { feature }))(prng.next()),
    "a step with noise": (prng) => ((feature) => outcome((feature > 0.6 ? 3 : 0) + 0.5 * normal(prng), { feature }))(prng.next()),
  };

  it.each(Object.entries(worlds))("hold 90% of what comes: %s", (_, make) => {
    const shares = [1, 2, 3, 4].map((seed) => coverage(train(rows(400, make, seed)), rows(1000, make, seed + 100)));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.87);
    expect(mean).toBeLessThan(0.95);
  });

  it("hold most of a run that they did not see, though its tasks resemble each other", () => {
    const runs = (count: number, seed: number): Outcome[] => {
      const prng = new Prng(seed);
      return Array.from({ length: count }, (_, run) => {
        const shift = normal(prng);
        return Array.from({ length: 30 }, () => outcome(shift + 0.3 * normal(prng), { run: `${seed}-${run}` }));
      }).flat();
    };
    const shares = [1, 2, 3, 4, 5, 6].map((seed) => coverage(train(runs(10, seed)), runs(60, seed + 100)));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.82);
    expect(mean).toBeLessThan(0.97);
  });

  it("never cross, and hold the point", () => {
    const make = (prng: Prng, row: number): Outcome =>
      outcome(normal(prng) * (row % 5), { size: prng.next() * 9, feature: prng.next(), names: [`t${row % 7}`, "p", "w"] });
    const model = train(rows(300, make));
    for (const given of rows(200, make, 9)) {
      const {
        point,
        quantiles: [low = 0, upper = 0, high = 0],
      } = model.predict(given) as Prediction;
      expect([low, point, upper, high]).toEqual([low, point, upper, high].sort((a, b) => a - b));
    }
  });
});

describe("when the world changes", () => {
  const usual = (prng: Prng): Outcome => outcome(normal(prng));

  it("a lasting shift is answered by the latest values, visibly, and then learned", () => {
    const model = train(rows(300, usual));
    const shifted = rows(400, (prng) => outcome(6 + normal(prng)), 5);
    const seen: Prediction[] = [];
    for (const given of shifted) {
      seen.push(model.predict(given) as Prediction);
      model.observe(given);
    }
    const first = seen.findIndex(({ state }) => state === "drifted");
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(20);
    expect(seen[first + 15]).toMatchObject({ method: "recent", state: "drifted" });
    expect(Math.abs(seen[first + 19]!.point - 6)).toBeLessThan(1);
    // What was before is forgotten: what comes next is not drawn back to it.
    expect(seen[first + 25]!.state).not.toBe("drifted");
    expect(Math.abs(seen[first + 25]!.point - 6)).toBeLessThan(1);
    expect(Math.abs(seen.at(-1)!.point - 6)).toBeLessThan(1);
    expect(seen.at(-1)!.state).not.toBe("drifted");
    expect(model.profileAt(0, usual(new Prng(1)))?.track.drifts).toBeGreaterThan(0);
  });

  it("values that spread more widen the intervals until they hold again", () => {
    const model = train(rows(300, usual));
    const wilder = rows(1500, (prng) => outcome(4 * normal(prng)), 5);
    const inside = wilder.map((given) => {
      const held = isInside(model, given);
      model.observe(given);
      return held;
    });
    const share = (part: readonly boolean[]): number => part.filter(Boolean).length / part.length;
    expect(share(inside.slice(0, 20))).toBeLessThan(0.75);
    expect(share(inside.slice(300))).toBeGreaterThan(0.86);
    expect(share(inside.slice(300))).toBeLessThan(0.94);
  });

  it("a widened interval is so much wider around the same point, and says so", () => {
    const model = train(rows(300, usual));
    const before = model.predict(outcome(0)) as Prediction;
    model.profileAt(0, outcome(0))!.track.widening = 2;
    const after = model.predict(outcome(0)) as Prediction;
    expect(before.state).toBe("steady");
    expect(after).toMatchObject({ point: before.point, state: "widened" });
    after.quantiles.forEach((quantile, i) => {
      expect(quantile - after.point).toBeCloseTo(2 * (before.quantiles[i]! - before.point), 9);
    });
  });

  it("stays as it is while nothing changes", () => {
    const model = train(rows(300, usual));
    for (const given of rows(2000, usual, 7)) model.observe(given);
    const { track } = model.profileAt(0, usual(new Prng(1)))!;
    expect(track.drifts).toBe(0);
    expect(Math.abs(track.coverage - 0.9)).toBeLessThan(0.1);
  });

  it("a refresh lets the forest follow", () => {
    const make = (jump: number) => (prng: Prng) => ((feature: number) => outcome(feature > 0.5 ? jump : 0, { feature }))(prng.next());
    const model = train(rows(400, make(2)));
    const before = model.candidates(outcome(0, { feature: 0.9 }), 0, model.profileAt(0, outcome(0))!).forest!.point;
    for (const given of rows(300, make(4), 3)) model.observe(given);
    model.refresh();
    const after = model.candidates(outcome(0, { feature: 0.9 }), 0, model.profileAt(0, outcome(0))!).forest!.point;
    expect(after - before).toBeGreaterThan(0.5);
  });
});

describe("the codec", () => {
  it("gives back a model that answers and learns alike", () => {
    const make = (prng: Prng, row: number): Outcome =>
      outcome(normal(prng), {
        size: prng.next() * 9,
        feature: prng.next(),
        declared: prng.next(),
        names: [`t${row % 4}`, undefined, "w"],
        run: `${row % 10}`,
      });
    const model = train(rows(200, make));
    model.persistence = 0.5;
    for (const given of rows(50, make, 2)) model.observe(given);
    const { header, blocks } = encodeModel(model);
    const unpacked = unpackBlocks(packBlocks(header, blocks));
    const loaded = decodeModel(unpacked.header, unpacked.blocks, histogramForest);
    for (const given of rows(50, make, 3)) {
      expect(loaded.predict(given)).toEqual(model.predict(given));
      loaded.observe(given);
      model.observe(given);
    }
    expect(encodeModel(loaded)).toEqual(encodeModel(model));
  });

  it("refuses what is no model", () => {
    const { header, blocks } = encodeModel(train(rows(40, (prng) => outcome(normal(prng)))));
    expect(() => decodeModel({ ...header, levels: 3 }, blocks, histogramForest)).toThrow(/not a model's/);
    expect(() => decodeModel(header, [new Float64Array(3), new Uint8Array()], histogramForest)).toThrow(/numbers are missing/);
    expect(() => decodeModel(header, [blocks[0]!, new Uint8Array(9)], histogramForest)).toThrow(/too short/);
  });
});
