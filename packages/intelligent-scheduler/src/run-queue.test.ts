import { expect, it } from "vitest";
import type { OrderPolicy } from "./order.ts";
import { fair } from "./policies/index.ts";
import { type Contender, RunQueue } from "./run-queue.ts";

it("a decision after a pause computes a bounded number of scores anew, and the next ones the others", () => {
  let scored = 0;
  const counting: OrderPolicy = {
    ...fair,
    score: (candidate, now) => {
      scored++;
      return fair.score(candidate, now);
    },
  };
  const queue = new RunQueue<Contender>({ policy: () => counting, slots: () => 4, next: () => 0 });
  const none = (): number => 0;
  const runs = Array.from({ length: 3000 }, (_, i): Contender => {
    const seconds = 1 + (i % 100);
    const work = { predicted: seconds, remaining: seconds, expected: seconds, total: seconds, path: seconds };
    const ranked = { byRank: true, priority: none, rank: none, forecastRank: none, readyAt: none, downstream: none, upstream: none };
    return { demand: { run: `r${i}`, workflow: "w", priority: 5, createdAt: i, work }, ranked };
  });
  for (const run of runs) queue.touch(run, 3000);
  const after = 60_000;
  const perDecision = Array.from({ length: 8 }, () => {
    scored = 0;
    queue.fill(after, () => "full");
    return scored;
  });
  expect(Math.max(...perDecision)).toBeLessThanOrEqual(500);
  expect(perDecision.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(2500);
  expect(perDecision.at(-1)).toBe(0);
  // By then the order is that of a queue which was never behind.
  const fresh = new RunQueue<Contender>({ policy: () => fair, slots: () => 4, next: () => 0 });
  for (const run of runs) fresh.touch(run, after);
  expect(queue.order(after).map(({ demand }) => demand.run)).toEqual(fresh.order(after).map(({ demand }) => demand.run));
});
