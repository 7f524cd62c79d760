import type { Item } from "@qmoi/core";
import { ensure } from "../ensure.ts";
import { type Invariant, type Judge, keyOf } from "../judge.ts";
import { named } from "./names.ts";

interface Taken {
  readonly times: number[];
  readonly byLife: Map<string, number>;
}

/** Times at which tokens of each bucket were taken (when their takers read their clocks, if that was before the write), and by whom. */
class Tokens {
  readonly #taken = new Map<string, Taken>();

  of(key: string): Taken {
    return ensure(this.#taken, key, () => ({ times: [], byLife: new Map() }));
  }

  take(key: string, at: number, life: string): readonly number[] {
    const { times, byLife } = this.of(key);
    times.push(at);
    byLife.set(life, (byLife.get(life) ?? 0) + 1);
    return times;
  }
}

/** A bucket's write may be slow: what has flowed into it was counted when its taker read the clock. */
const takenAt = ({ world }: Judge, item: Item): number => Math.min(world.now, (item.at as number) - world.epoch);

/** A window, as text, in which more was taken than a bucket of `limit` that refills in `per` seconds gives; `slack` in ms. */
const overfull = (times: readonly number[], now: number, limit: number, per: number, slack: number): string | undefined => {
  for (let i = times.length - 1; i >= 0; i--) {
    const window = now - (times[i] as number);
    const count = times.length - i;
    if (count > limit + (limit * (window + slack)) / (per * 1000) + 1e-6) return `${count} in ${Math.round(window)} ms`;
  }
  return undefined;
};

/**
 * A bucket's time is the latest that any engine's clock showed, so clocks that differ give it at most their difference once.
 */
export const ratesHeld: Invariant = {
  name: "rates-held",
  sentence:
    "In no window are more tokens of a rate limit taken than its bucket holds and refills; every attempt under it has a token, taken by who sent it.",
  watch: (judge, violated) => {
    const tokens = new Tokens();
    const claims = new Map<string, number>();
    const hinted = new Set<string>();
    const sent = new Map<string, number>();
    judge.on("commit", ({ key, item, by }) => {
      if (!key.pk.startsWith("G#r:") || !item) return;
      const name = key.pk.slice(4);
      const known = judge.rates.get(name);
      if (!known) return;
      const { limit, per } = known;
      const { now } = judge.world;
      const times = tokens.take(name, takenAt(judge, item), by?.id ?? "-");
      const window = overfull(times, now, limit, per, judge.skews.ahead + judge.skews.behind);
      if (window) violated(`${window} tokens of ${name} were taken`);
    });
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      const rate = run.graph.tasks[judge.ledger.templateOf(run, task)]?.def.rate;
      if (!rate || old || item?.s !== "running") return;
      const key = keyOf(run, rate.key);
      if (key === undefined) return;
      const count = (claims.get(key) ?? 0) + 1;
      claims.set(key, count);
      if (count > tokens.of(key).times.length)
        violated(`${named(run, task, attempt)} is the ${count}. claim under ${key}, of fewer tokens`);
    });
    judge.on("hinted", ({ life, hints }) => {
      for (const hint of hints) {
        const run = judge.ledger.runs.get(hint.run);
        const rate = run?.graph.tasks[judge.ledger.templateOf(run, hint.task)]?.def.rate;
        const id = `${life.id} ${hint.run}/${hint.task}/${hint.attempt}`;
        if (!run || !rate || hinted.has(id)) continue;
        hinted.add(id);
        const key = keyOf(run, rate.key);
        if (key === undefined) continue;
        const count = (sent.get(`${life.id} ${key}`) ?? 0) + 1;
        sent.set(`${life.id} ${key}`, count);
        if (count > (tokens.of(key).byLife.get(life.id) ?? 0))
          violated(`${life.id} hinted ${named(run, hint.task, hint.attempt)} without a token of ${key}`);
      }
    });
  },
};

export const spawnBudgetHeld: Invariant = {
  name: "spawn-budget-held",
  sentence: "In no window does a workflow start more runs than its spawn budget allows.",
  watch: (judge, violated) => {
    const tokens = new Tokens();
    const runs = new Map<string, number>();
    judge.on("commit", ({ key, item, old, by }) => {
      if (key.pk !== "B" || !item) return;
      const workflow = key.sk;
      const budget = judge.budgets.get(workflow);
      if (!budget || (old && item.tokens === old.tokens && item.at === old.at)) return;
      const { now } = judge.world;
      const times = tokens.take(workflow, takenAt(judge, item), by?.id ?? "-");
      const window = overfull(times, now, budget.runs, budget.per, judge.skews.ahead + judge.skews.behind);
      if (window) violated(`${window} runs of ${workflow} were paid`);
    });
    judge.on("header", ({ run, old, item }) => {
      if (old || !judge.budgets.has(item.wf)) return;
      const count = (runs.get(item.wf) ?? 0) + 1;
      runs.set(item.wf, count);
      if (count > tokens.of(item.wf).times.length) violated(`run ${run.run} of ${item.wf} was not paid from its budget`);
    });
  },
};
