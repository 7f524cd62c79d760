import type { Workflow } from "@qmoi/config";
import { readWorkflow } from "@qmoi/config/check";
import { type PlayedRun, POLICIES, policyNamed, runsOfWorkflow, type WhatIfAnswer, whatIf } from "@qmoi/simulator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runIdOfKey } from "../../packages/runtime/src/run-starter.ts";
import { Scene } from "./scene.ts";

/** One run of the engine in virtual time: what started when, in ms after the first arrival. */
interface Started {
  readonly run: string;
  readonly task: string;
  readonly at: number;
}

interface Case {
  readonly workflows: readonly { readonly workflow: Workflow; readonly ms: readonly number[]; readonly arrivals: readonly number[] }[];
  readonly slots: number;
  readonly policy: string;
}

const POOL = { slots: 4, largestTask: 2 };

/** Graphs of tasks that need only tasks before them; durations, estimates and priorities have nothing to do with each other. */
const arbitraryWorkflow = (name: string) =>
  fc
    .array(
      fc.record({
        needs: fc.array(fc.nat(100), { maxLength: 3 }),
        ms: fc.integer({ min: 200, max: 40_000 }),
        estimate: fc.integer({ min: 1, max: 60 }),
        slots: fc.constantFrom(1, 1, 1, 2),
        priority: fc.constantFrom(5, 5, 1, 10),
      }),
      { minLength: 1, maxLength: 9 },
    )
    .chain((tasks) =>
      fc
        .record({
          priority: fc.constantFrom(5, 5, 1, 10),
          deadline: fc.option(fc.integer({ min: 10, max: 200 }), { nil: undefined }),
          arrivals: fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 3 }),
        })
        .map(({ priority, deadline, arrivals }) => ({
          arrivals,
          ms: tasks.map(({ ms }) => ms),
          workflow: readWorkflow(
            JSON.stringify({
              name,
              priority,
              ...(deadline === undefined ? {} : { deadline }),
              tasks: tasks.map(({ needs, estimate, slots, priority: own }, n) => ({
                name: `t${n}`,
                target: { type: "function", module: "work.ts" },
                needs: n === 0 ? [] : [...new Set(needs.map((need) => `t${need % n}`))],
                estimate,
                priority: own,
                timeout: 600,
                resources: { slots },
              })),
            }),
            { pools: { default: POOL } },
          ),
        })),
    );

const arbitraryCase: fc.Arbitrary<Case> = fc.record({
  workflows: fc.tuple(arbitraryWorkflow("one"), arbitraryWorkflow("two")),
  slots: fc.integer({ min: 2, max: POOL.slots }),
  policy: fc.constantFrom(...POLICIES.map(({ name }) => name)),
});

/** Under the names that the engine gives them: when a score is computed anew, and who of two goes first, depends on the name too. */
const playedRuns = ({ workflows }: Case): PlayedRun[] =>
  workflows.flatMap(({ workflow, ms, arrivals }) =>
    runsOfWorkflow(workflow, arrivals, { seconds: ({ index }) => (ms[index] as number) / 1000 }).map((played, n) => ({
      ...played,
      run: runIdOfKey(workflow.name, String(n)),
    })),
  );

/** The real engine, without faults and without delays: everything that it does takes no time but the tasks' work. */
const engineSchedule = async (given: Case): Promise<Started[]> => {
  const durations = new Map<string, number>(
    given.workflows.flatMap(({ workflow, ms }) => ms.map((each, n) => [`${workflow.name}/t${n}`, each] as const)),
  );
  const scene = await Scene.open({
    slots: given.slots,
    policy: given.policy,
    latencyMs: 0,
    profile: (run, task) => {
      const ms = durations.get(`${scene.cluster.judge.ledger.runs.get(run)?.header.wf}/${task}`) as number;
      return { ms: [ms, ms], output: null };
    },
  });
  const { world, judge } = scene.cluster;
  const engine = await scene.engine("e");
  for (const { workflow } of given.workflows) await scene.done(engine.plane.publish(workflow as never));
  // A whole second, as the arrivals of the policy-level simulation count from: scores are computed once a second.
  await world.until(() => false, 10_000 - (world.epoch % 1000));
  const zero = world.now;
  const started: Started[] = [];
  judge.on("began", ({ call }) => void started.push({ run: call.run, task: call.task, at: world.now - zero }));
  for (const { workflow, arrivals } of given.workflows)
    arrivals.forEach((at, n) => {
      world.after(at, undefined, () => {
        void engine.plane.startRun({ workflow: workflow.name, idempotencyKey: String(n) });
      });
    });
  const runs = given.workflows.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  await scene.until(() => [...judge.ledger.runs.values()].filter(({ header }) => header.ea !== undefined).length === runs, 600);
  expect(judge.violation).toBeUndefined();
  return started;
};

/** Where two things happen at one moment, the engine knows of one before it knows of the other: their order is nobody's decision. */
const hasTies = ({ spans }: WhatIfAnswer, runs: readonly PlayedRun[]): boolean => {
  const moments = [...runs.map(({ at }) => at), ...spans.map(({ endedAt }) => endedAt)].sort((a, b) => a - b);
  return moments.some((moment, n) => n > 0 && moment - (moments[n - 1] as number) < 2);
};

describe("the policy-level simulation", () => {
  it("gives the engine's schedule: the same tasks start at the same moments in the same order", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (given) => {
        const runs = playedRuns(given);
        const answer = whatIf({ runs, pools: { default: given.slots }, policy: policyNamed(given.policy) });
        fc.pre(!hasTies(answer, runs));
        // Seconds times 1000 are a hair off whole milliseconds: all that the two times differ by.
        const played = answer.spans
          .map(({ run, task: { name }, startedAt }) => ({ run, task: name, at: Math.round(startedAt) }))
          .sort(byStart);
        expect((await engineSchedule(given)).sort(byStart)).toEqual(played);
      }),
      { numRuns: 60 },
    );
  });
});

const byStart = (a: Started, b: Started): number => a.at - b.at || (a.run < b.run ? -1 : a.run > b.run ? 1 : a.task < b.task ? -1 : 1);
