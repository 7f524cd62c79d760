import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { histogramForest } from "../forest/engine.ts";
import { Prng } from "../forest/prng.ts";
import { normal, outcome } from "../testing/outcomes.ts";
import { train as trainWith } from "../testing/train.ts";
import type { Outcome, Prediction } from "./case.ts";
import { learnSubjects } from "./learn-subjects.ts";
import { decodeModel, encodeModel } from "./model-codec.ts";
import type { QuantityModel } from "./quantity-model.ts";

interface World {
  readonly subjects: number;
  readonly runs: number;
  /** Deviations between subjects, of one subject over its runs, and between runs. */
  readonly between: number;
  readonly within: number;
  readonly ofRun?: number;
  readonly seed: number;
}

/** In each run one task on each subject. */
const world = ({ subjects, runs, between, within, ofRun = 0.5, seed }: World): { outcomes: Outcome[]; effects: number[] } => {
  const prng = new Prng(seed);
  const effects = Array.from({ length: subjects }, () => between * normal(prng));
  const outcomes = Array.from({ length: runs }, (_, run) => {
    const common = ofRun * normal(prng);
    return effects.map((effect, subject) =>
      outcome(3 + effect + common + within * normal(prng), { subject: `s${subject}`, run: `r${run}` }),
    );
  }).flat();
  return { outcomes, effects };
};
const numbered = (outcomes: readonly Outcome[]): Int32Array => {
  const names = [...new Set(outcomes.map(({ run }) => run))];
  return Int32Array.from(outcomes, ({ run }) => names.indexOf(run));
};
const learn = (outcomes: readonly Outcome[]) => learnSubjects(outcomes, numbered(outcomes));
const train = (outcomes: readonly Outcome[]): QuantityModel => trainWith(outcomes, 20);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe("effects of subjects", () => {
  it("are what was planted, drawn to zero by what one subject's runs differ", () => {
    const { outcomes, effects } = world({ subjects: 200, runs: 4, between: 0.8, within: 0.4, seed: 1 });
    const [[name, between, ratio] = ["", 0, 0], ...others] = learn(outcomes).effects.save();
    expect([name, others.length]).toEqual(["a", 0]);
    expect(Math.abs(between - 0.64)).toBeLessThan(0.15);
    expect(Math.abs(ratio - 0.25)).toBeLessThan(0.08);
    const known = effects.map((_, s) => learn(outcomes).effects.of({ names: ["a"], subject: `s${s}` })?.effect ?? Number.NaN);
    const common = mean(effects);
    const off = (by: (s: number) => number): number => mean(effects.map((effect, s) => (effect - common - by(s)) ** 2));
    // The least that any linear estimate may leave is 0.64 · 0.25 / 4.25.
    expect(off((s) => known[s] as number)).toBeLessThan(0.05);
    expect(off(() => 0)).toBeGreaterThan(0.5);
  });

  it("are none where only chance makes the difference, however few runs or many", () => {
    for (const [subjects, runs] of [
      [3, 4],
      [12, 5],
      [40, 2],
      [5, 30],
    ] as const) {
      const learned = Array.from({ length: 100 }, (_, seed) => learn(world({ subjects, runs, between: 0, within: 0.5, seed }).outcomes));
      expect(learned.filter(({ effects }) => effects.save().length > 0).length).toBeLessThanOrEqual(3);
    }
  });

  it("are known of three steps after three runs, not after two", () => {
    const known = (runs: number) => {
      const steps = Array.from({ length: runs }, (_, run) =>
        [1, 3, 5].map((seconds, step) => outcome(seconds + 0.01 * run * step, { subject: `s${step}`, run: `r${run}` })),
      );
      return learn(steps.flat()).effects.save();
    };
    expect(known(2)).toEqual([]);
    expect(known(3)).toHaveLength(1);
  });

  it("follow from means over runs, and tell of a row what its subject's other runs do (an obvious implementation)", () => {
    const row = fc.record({
      subject: fc.integer({ min: 0, max: 5 }),
      run: fc.integer({ min: 0, max: 6 }),
      noise: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
    });
    let told = 0;
    fc.assert(
      fc.property(fc.array(row, { minLength: 40, maxLength: 80 }), (drawn) => {
        const outcomes = [...drawn]
          .sort((a, b) => a.run - b.run)
          .map(({ subject, run, noise }) => outcome(subject + noise, { subject: `s${subject}`, run: `r${run}` }));
        const { effects, heldOut } = learn(outcomes);
        const [[, , ratio, , saved] = ["", 0, 0, 0, []]] = effects.save();
        if (saved.length === 0) return heldOut.every((effect) => effect === 0);
        told++;
        const distances = (subject: string | undefined, without?: string): number[] =>
          [...new Set(outcomes.filter((o) => o.subject === subject && o.run !== without).map(({ run }) => run))].flatMap((run) => {
            const inRun = outcomes.filter((o) => o.run === run);
            if (inRun.length < 2) return [];
            return [mean(inRun.filter((o) => o.subject === subject).map(({ value }) => value)) - mean(inRun.map(({ value }) => value))];
          });
        const drawnTo = (all: readonly number[]): number => (all.length * (all.length > 0 ? mean(all) : 0)) / (all.length + ratio);
        for (const [subject, effect, runs] of saved) {
          expect(effect).toBeCloseTo(drawnTo(distances(subject)), 9);
          expect(runs).toBe(distances(subject).length);
        }
        outcomes.forEach(({ subject, run }, i) => {
          expect(heldOut[i]).toBeCloseTo(drawnTo(distances(subject, run)), 9);
        });
        return true;
      }),
      { numRuns: 60 },
    );
    expect(told).toBeGreaterThan(20);
  });

  it("stay drawn to zero where runs don't differ at all, and leave a new subject where it is", () => {
    const { outcomes } = world({ subjects: 30, runs: 3, between: 1, within: 0, ofRun: 0, seed: 2 });
    const { effects, heldOut } = learn([...outcomes, outcome(3, { subject: "new", run: "r2" })]);
    expect(effects.save()[0]?.[2]).toBe(0.01);
    expect(heldOut.every(Number.isFinite)).toBe(true);
    expect(heldOut.at(-1)).toBe(0);
    const prediction = train(outcomes).predict(outcome(0, { subject: "unknown" }));
    expect([prediction?.point, ...(prediction?.quantiles ?? [])].every(Number.isFinite)).toBe(true);
  });

  it("don't know a size's share, nor that of a run in which there was nothing else", () => {
    const prng = new Prng(3);
    const sized = Array.from({ length: 240 }, (_, i) => {
      const subject = i % 40;
      return outcome(subject / 4 + 0.1 * normal(prng), { size: subject / 4, subject: `s${subject}`, run: `r${Math.floor(i / 40)}` });
    });
    expect(learn(sized).effects.save()).toEqual([]);
    const alone = Array.from({ length: 60 }, (_, i) => outcome(i % 6, { subject: `s${i % 6}`, run: `r${i}` }));
    expect(learn(alone).effects.save()).toEqual([]);
  });

  it("are not worth knowing where they are sure, but make forecasts hardly better", () => {
    const small = world({ subjects: 300, runs: 15, between: 0.25, within: 1, seed: 5 }).outcomes;
    expect(learn(small).effects.save()).toEqual([]);
    expect(learn(world({ subjects: 300, runs: 15, between: 0.75, within: 1, seed: 5 }).outcomes).effects.save()).toHaveLength(1);
  });

  it("are kept of ten thousand subjects, and taken from no other", () => {
    const { outcomes } = world({ subjects: 6000, runs: 3, between: 1, within: 0.2, seed: 6 });
    const both = [...outcomes, ...outcomes.map((each) => ({ ...each, names: ["b", "p", "w"] }))];
    const { effects } = learn(both);
    expect([effects.all("a").size, effects.all("b").size, effects.all("c").size]).toEqual([6000, 4000, 0]);
  });

  it("follow the latest twenty runs", () => {
    const prng = new Prng(4);
    const outcomes = Array.from({ length: 60 }, (_, run) =>
      Array.from({ length: 10 }, (_, s) => outcome((run < 40 ? s : 9 - s) + 0.1 * normal(prng), { subject: `s${s}`, run: `r${run}` })),
    ).flat();
    const { effects } = learn(outcomes);
    expect(effects.of({ names: ["a"], subject: "s0" })?.effect).toBeGreaterThan(4);
    expect(effects.of({ names: ["a"], subject: "s0" })?.runs).toBe(20);
  });
});

describe("a model with subjects", () => {
  const given = { subjects: 60, between: 0.8, within: 0.3, ofRun: 0.1, seed: 7 };
  const { outcomes } = world({ ...given, runs: 30 });
  const [seen, later] = [outcomes.slice(0, 600), outcomes.slice(600)];
  const model = train(seen);
  const without = train(seen.map(({ subject: _, ...rest }) => rest));
  const error = (by: QuantityModel): number => mean(later.map((each) => Math.abs(each.value - (by.predict(each) as Prediction).point)));
  const inside = (by: QuantityModel, cases: readonly Outcome[]): number =>
    mean(
      cases.map((each) => {
        const { quantiles } = by.predict(each) as Prediction;
        return +((quantiles[0] as number) <= each.value && each.value <= (quantiles[2] as number));
      }),
    );

  it("forecasts them nearer, in narrower intervals that hold as much", () => {
    expect(error(model)).toBeLessThan(0.55 * error(without));
    const width = (by: QuantityModel): number =>
      mean(later.map((each) => by.predict(each)?.quantiles).map((q) => (q?.[2] ?? 0) - (q?.[0] ?? 0)));
    expect(width(model)).toBeLessThan(0.6 * width(without));
    expect(inside(model, later)).toBeGreaterThan(0.85);
    expect(inside(model, later)).toBeLessThan(0.97);
  });

  it("knows less of one that is new: its interval holds as much, and is wider", () => {
    const fresh = world({ ...given, runs: 1, subjects: 400, seed: 8 }).outcomes.map((each) => ({
      ...each,
      subject: `new ${each.subject}`,
    }));
    expect(inside(model, fresh)).toBeGreaterThan(0.85);
    const width = (subject: string | undefined): number =>
      ((q) => (q?.[2] ?? 0) - (q?.[0] ?? 0))(model.predict(outcome(0, { subject }))?.quantiles);
    expect(width("another")).toBeGreaterThan(1.5 * width("s1"));
    expect(width(undefined)).toBe(width("another"));
  });

  it("learns what subjects leave, so that one that takes long is no surprise", () => {
    const observed = train(seen);
    for (const each of later) observed.observe(each);
    const { track } = observed.profileAt(0, outcome(0)) as NonNullable<ReturnType<QuantityModel["profileAt"]>>;
    expect(track.drifts).toBe(0);
    expect(track.coverage).toBeGreaterThan(0.8);
    expect(error(observed)).toBeLessThan(0.55 * error(without));
  });

  it("learns nothing of the others from one that takes long", () => {
    const observed = train(seen);
    const longest = [...observed.subjects.all("a")].reduce((a, b) => (b[1].effect > a[1].effect ? b : a));
    const other = outcome(0, { subject: "s1" });
    const before = observed.predict(other)?.point ?? 0;
    for (let i = 0; i < 300; i++) observed.observe(outcome(3 + longest[1].effect, { subject: longest[0], run: `later ${i}` }));
    expect(Math.abs((observed.predict(other)?.point ?? 0) - before)).toBeLessThan(0.3);
  });

  it("is the same after it was saved, and one saved before knows none", () => {
    const { header, blocks } = encodeModel(model);
    const stored = JSON.parse(JSON.stringify(header));
    const loaded = decodeModel(stored, blocks, histogramForest);
    for (const each of later.slice(0, 60)) expect(loaded.predict(each)).toEqual(model.predict(each));
    const { subjects: _, ...old } = stored;
    const before = decodeModel(old, blocks, histogramForest);
    const [known, other] = later as [Outcome, Outcome];
    expect(before.predict(known)).toEqual(before.predict({ ...other, subject: undefined }));
  });
});
