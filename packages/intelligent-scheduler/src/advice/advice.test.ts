import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate, Ranked } from "../order.ts";
import { fair, fast, POLICIES, USUAL_TUNING, weightOf, workflowFifo } from "../policies/index.ts";
import { bestHourOf } from "./best-hour.ts";
import { explainScore } from "./priority-score.ts";
import { recommend } from "./recommend.ts";
import type { RecordedRun, RecordedTask } from "./recorded.ts";
import { Replay } from "./replay.ts";
import { taskProfiles } from "./task-profile.ts";
import { trendOf } from "./trend.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);

const task = (type: string, seconds: number, more: Partial<RecordedTask> = {}, startedAt = START): RecordedTask => ({
  type,
  pool: "default",
  slots: 1,
  priority: 5,
  needs: [],
  attempts: [{ succeeded: true, readyAt: startedAt, startedAt, endedAt: startedAt + 1000 * seconds }],
  ...more,
});
const run = (at: number, tasks: readonly RecordedTask[], workflow = "w"): RecordedRun => ({
  workflow,
  priority: 5,
  arrivedAt: at,
  endedAt: at + 1000,
  tasks,
});

describe("trendOf", () => {
  it("finds growth in spite of outliers, and none in noise", () => {
    const grows = Array.from({ length: 60 }, (_, i) => [START + i * 6 * HOUR, (i % 10 === 3 ? 50 : 1) * 10 * 1.02 ** (i / 4)] as const);
    expect(trendOf(grows)).toMatchObject({ direction: "rising", perDay: expect.closeTo(0.02, 3) });
    expect(trendOf(grows.map(([at, value]) => [at, 1 / value] as const))).toMatchObject({ direction: "falling" });
    expect(trendOf(grows.map(([at], i) => [at, 5 + ((i * 7) % 11)] as const))).toMatchObject({ direction: "steady" });
    expect(trendOf(grows.slice(0, 9))).toBeUndefined();
  });

  it("says nothing of a growth a day before a day has passed", () => {
    const minutes = Array.from({ length: 60 }, (_, i) => [START + i * 60_000, 10 * 1.02 ** i] as const);
    expect(trendOf(minutes)).toBeUndefined();
  });
});

describe("bestHourOf", () => {
  it("finds the hour that is clearly better, and none by chance", () => {
    const points = (at3: number) =>
      Array.from({ length: 240 }, (_, i) => [START + i * HOUR, (i % 24 === 3 ? at3 : 100) * (1 + ((i * 7) % 10) / 50)] as const);
    const best = bestHourOf(points(60));
    expect(best).toMatchObject({ hour: 3, inside: 10, outside: 230 });
    expect(best?.saves).toBeCloseTo(0.4, 1);
    expect(bestHourOf(points(100))).toBeUndefined();
  });
});

describe("taskProfiles", () => {
  it("tells what a type is made of, and what its failures cost", () => {
    const failing: RecordedTask = task("load", 0, {
      slots: 2,
      attempts: [
        { succeeded: false, readyAt: START, startedAt: START + 5000, endedAt: START + 15_000 },
        {
          succeeded: true,
          readyAt: START + 45_000,
          startedAt: START + 45_000,
          endedAt: START + 65_000,
          cpuSeconds: 5,
          peakMemoryBytes: 1e6,
        },
      ],
    });
    const [load, rest] = taskProfiles([run(START, [failing, task("rest", 20)])], 2);
    expect(load).toMatchObject({
      type: "load",
      workflows: ["w"],
      pools: ["default"],
      tasks: 1,
      attempts: 2,
      succeeded: 1,
      seconds: { median: 20 },
      characteristics: { cpuShare: 0.25, peakMemoryBytes: 1e6, shareOfWork: 60 / 80 },
      variability: { is: "steady" },
      failures: { count: 1, rate: 0.5, lostSeconds: 20, delaySeconds: 40, lostSecondsPerDay: 10 },
    });
    expect(rest?.failures).toBeUndefined();
  });
});

describe("recommend", () => {
  /** Each run loads through a pool `db`, then computes in a roomy one. */
  const history = Array.from({ length: 140 }, (_, i) => {
    const at = START + i * (DAY / 20);
    return run(at, [
      ...Array.from({ length: 4 }, () => task("load", 600, { pool: "db" }, at)),
      task("compute", 60, { needs: [0, 1, 2, 3] }, at),
      // It was skipped: it takes no slot, however few there are.
      task("never", 0, { pool: "db", attempts: [], needs: [4] }, at),
    ]);
  });
  const slots = new Map([
    ["db", 1],
    ["default", 8],
  ]);
  const replay = new Replay(history, slots, weightOf);
  const questions = {
    replay,
    profiles: [],
    policy: fair,
    others: POLICIES,
    standing: { accuracy: 1, pairs: 50, failing: false },
    pause: async () => undefined,
  };

  it("finds the pool that holds runs up, and proves it by simulation", async () => {
    const [first, ...rest] = await recommend(questions);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      kind: "slots",
      about: "db",
      setting: { document: "parallel", path: "pools.db.slots", value: 5 },
      evidence: { kind: "simulation", runs: 140, tasks: 840 },
    });
    expect(first?.says).toMatch(
      /^Pool db is the bottleneck: 4 more slots save \d+(\.\d)? hours a day; simulated on the 140 runs of the last 7 days\.$/,
    );
    const after = replay.play(fair, new Map([["db", 5]]));
    expect(first?.savesSecondsPerDay).toBeCloseTo((replay.play(fair).sum - after.sum) / replay.days, 6);
    expect(first?.evidence).toMatchObject({ after: { mean: after.mean, p95: after.p95 } });
  });

  it("says nothing of pools that have room, and says when forecasts are not followed", async () => {
    const roomy = new Replay(history, new Map([...slots, ["db", 8]]), weightOf);
    expect(await recommend({ ...questions, replay: roomy })).toEqual([]);
    const failing = { accuracy: 0.4, pairs: 30, failing: true };
    const found = await recommend({ ...questions, replay: roomy, standing: failing });
    expect(found).toMatchObject([{ kind: "fallback", evidence: { accuracy: 0.4, pairs: 30 } }]);
  });

  it("proposes another policy where that one is clearly better", async () => {
    // A burst: what is small waits behind what is large.
    const burst = Array.from({ length: 60 }, (_, i) => {
      const at = START + i * 1000;
      return i % 3 === 0 ? run(at, [task("large", 600)], "l") : run(at, [task("small", 60)], "s");
    });
    const replay = new Replay(burst, new Map([["default", 1]]), weightOf);
    const found = await recommend({ ...questions, replay, policy: workflowFifo, others: [workflowFifo, fast] });
    expect(found).toContainEqual(
      expect.objectContaining({
        kind: "policy",
        about: "fast",
        says: expect.stringMatching(
          /^The policy fast instead of workflow-fifo saves .* on average; simulated on the 60 runs of the last day\.$/,
        ),
        setting: { document: "algorithm", path: "order.policy", value: "fast" },
      }),
    );
    expect(await recommend({ ...questions, replay, policy: fast, others: [workflowFifo, fast] })).not.toContainEqual(
      expect.objectContaining({ kind: "policy" }),
    );
  });

  it("tells of failures, growth and better hours from history", async () => {
    const [profile] = taskProfiles([run(START, [task("x", 10)])], 1);
    const told = await recommend({
      ...questions,
      replay: new Replay([], slots, weightOf),
      profiles: [
        {
          ...profile!,
          failures: { count: 9, rate: 0.3, lostSeconds: 100, lostSecondsPerDay: 900 },
          trend: { direction: "rising", perDay: 0.2, z: 5 },
          bestHour: { hour: 23, saves: 0.5, inside: 10, outside: 90 },
        },
      ],
    });
    expect(told.map(({ kind, says }) => [kind, says])).toEqual([
      ["failures", "30% of the tries of x fail and take 15 minutes of slots a day for nothing, 100 s each."],
      ["hour", "x takes 50% less from 23:00 to 00:00 UTC than at other times."],
      ["trend", "x takes 20% longer each day; the median is 10 s over the last day."],
    ]);
  });
});

describe("explainScore", () => {
  const candidate = fc
    .record({
      priority: fc.integer({ min: 1, max: 10 }),
      remaining: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      waited: fc.integer({ min: 0, max: 1e7 }),
      slots: fc.integer({ min: 1, max: 50 }),
    })
    .map(({ priority, remaining, waited, slots }): Candidate => {
      const work = { predicted: remaining, remaining, expected: remaining * 1.5, total: remaining * 2, path: remaining / 3 };
      const none = () => 0;
      const ranked: Ranked = {
        byRank: true,
        priority: () => 5,
        rank: none,
        forecastRank: none,
        readyAt: none,
        downstream: none,
        upstream: none,
      };
      return { demand: { run: "r", workflow: "w", priority, createdAt: 1e8 - waited, work }, ranked, task: 0, slots };
    });

  it("gives parts of which the score is made", () => {
    fc.assert(
      fc.property(candidate, fc.constantFrom(fair, fast), (given, policy) => {
        const { score, parts } = explainScore(policy, given, 1e8, USUAL_TUNING);
        const [work, ...divisors] = parts.map(({ value }) => value);
        expect(work! / divisors.reduce((product, value) => product * value, 1)).toBeCloseTo(score, 6);
        for (const { says } of parts) expect(says).not.toMatch(/NaN|undefined|Infinity/);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [undefined, "unsure and counts as 150"],
    [
      { untried: true, seconds: 3, expected: (): number => 150 },
      "was never tried: one task comes first, to tell how long such take, and counts as 30",
    ],
    [
      { untried: true, seconds: 3, expected: (): number => 150, since: 1e8 - 6000 },
      "is late: its first task of a kind runs for more than the predicted 3 s and counts as 300",
    ],
  ])("says why a run counts as other than predicted", (first, said) => {
    const work = { predicted: 100, remaining: 100, expected: 150, total: 100, path: 1 };
    const none = () => 0;
    const ranked = { byRank: true, priority: none, rank: none, forecastRank: none, readyAt: none, downstream: none, upstream: none };
    const demand = { run: "r", workflow: "w", priority: 5, createdAt: 0, work };
    const given = { demand, ranked: { ...ranked, firstOf: () => first }, task: 0, slots: 1 };
    const [part] = explainScore(fast, given, 1e8).parts;
    expect(part!.says).toContain(`100 slot-seconds left of 100, which`);
    expect(part!.says).toContain(said);
  });

  it("has parts and a formula for each policy", () => {
    const [given] = fc.sample(candidate, 1);
    for (const policy of POLICIES) {
      const { parts, formula } = explainScore(policy, given!, 1e8);
      expect([policy.name, formula]).not.toContain("as the policy says");
      expect(parts.length, policy.name).toBeGreaterThan(0);
    }
  });
});
