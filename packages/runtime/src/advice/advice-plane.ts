import { sleep } from "@qmoi/core";
import { POLICIES, policyNamed, type RecordedRun, weightOf } from "@qmoi/intelligent-scheduler";
import { Replay, recommend, taskProfiles } from "@qmoi/intelligent-scheduler/advice";
import type { Engine } from "../engine.ts";
import type { AdvicePlane, RecommendationsView } from "./advice-views.ts";
import { readRecordedRuns } from "./read-runs.ts";
import { orderView, standingOf } from "./standing-order.ts";

const DAY_MS = 86_400_000;
/** What advice goes by: the last week, and no more tasks than some simulations of a tenth of a second each can play. */
const DAYS = 7;
const MOST_TASKS = 20_000;
/** Advice is used again for so long. */
const REMEMBERED_MS = 60_000;
const MOST_PER_PAGE = 1000;

/** What people ask of the order of work, on one engine. */
export const advicePlane = (engine: Engine): AdvicePlane => {
  const { ports, definitions } = engine;
  const history = remembered(engine, () =>
    readRecordedRuns(ports, definitions, { since: ports.clock.now() - DAYS * DAY_MS, mostTasks: MOST_TASKS }),
  );
  const recommendations = remembered(engine, async () => recommendNow(engine, await history()));
  return {
    taskProfiles: async ({ limit = MOST_PER_PAGE, after } = {}) => {
      const runs = await history();
      const all = taskProfiles(runs, daysOf(runs));
      const first = after === undefined ? 0 : all.findIndex(({ type }) => type === after) + 1;
      const items = all.slice(first, first + limit);
      const last = items.at(-1);
      return first + limit < all.length && last ? { items, next: last.type } : { items };
    },
    order: async () => {
      if (engine.learned.stored) await engine.learned.recall(engine);
      return orderView(engine);
    },
    recommendations,
  };
};

const recommendNow = async (engine: Engine, runs: readonly RecordedRun[]): Promise<RecommendationsView> => {
  if (engine.learned.stored) await engine.learned.recall(engine);
  const { ports, order } = engine;
  const { pools, tuning, policy: configured } = ports.settings();
  const slots = new Map(Object.entries(pools).map(([name, { slots }]) => [name, slots]));
  for (const pool of new Set(runs.flatMap(({ tasks }) => tasks.map((task) => task.pool))))
    if (!slots.has(pool)) slots.set(pool, engine.host.pool(pool).slots);
  const replay = new Replay(runs, slots, (priority) => weightOf(priority, tuning?.priorityFactor));
  const standing = standingOf(engine);
  const recommendations = await recommend({
    replay,
    profiles: taskProfiles(runs, daysOf(runs)),
    policy: policyNamed(configured, tuning),
    others: POLICIES,
    standing: { accuracy: Number.NaN, ...standing },
    pause: () => sleep(ports.clock, 0),
  });
  const window = { runs: replay.runs, tasks: replay.tasks, days: replay.days };
  return { at: ports.clock.now(), history: window, policy: order.policy.name, standing, recommendations };
};

/** Days that the runs stretch over; a short history counts as a day, since a few minutes are no rate. */
const daysOf = (runs: readonly RecordedRun[]): number => {
  if (runs.length === 0) return 1;
  const first = Math.min(...runs.map(({ arrivedAt }) => arrivedAt));
  return Math.max(1, (Math.max(...runs.map(({ endedAt }) => endedAt)) - first) / DAY_MS);
};

/** The same answer for a while; who asks meanwhile waits for the same one. */
const remembered = <T>({ ports }: Engine, ask: () => Promise<T>): (() => Promise<T>) => {
  let known: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = ports.clock.now();
    if (known && now - known.at < REMEMBERED_MS && now >= known.at) return known.answer;
    const answer = ask();
    known = { at: now, answer };
    answer.catch(() => {
      known = undefined;
    });
    return answer;
  };
};
