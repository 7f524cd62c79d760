import { grantKey, splitLimit } from "@qmoi/advanced-automation";
import type { AttemptItem, EngineSettings } from "@qmoi/runtime";
import { type Invariant, type Judge, keyOf } from "../judge.ts";
import type { RunRecord } from "../ledger.ts";
import { grantsIn, slotsIn } from "./grants-in.ts";
import { named } from "./names.ts";

export const poolSlots = (settings: EngineSettings, judge: Judge, pool: string): { slots: number; largestTask: number } => {
  const known = settings.pools[pool];
  if (known) return known;
  const [workflow, name] = pool.split("/") as [string, string];
  for (const { graph } of judge.ledger.runs.values()) {
    const own = graph.workflow.name === workflow ? graph.workflow.pools?.[name] : undefined;
    if (own) return { slots: own.slots, largestTask: own.slots };
  }
  throw new Error(`no pool ${pool}`);
};

const granted = (judge: Judge, limiter: string): number => {
  let sum = 0;
  for (let part = 0; ; part++) {
    const item = judge.store.peek({ pk: `G#${limiter}`, sk: String(part) });
    sum += slotsIn(item);
    if (!item && part > 8) return sum;
  }
};

export const grantsWithinLimits: Invariant = {
  name: "grants-within-limits",
  sentence: "The grants stored for a pool or a concurrency key never take more than its limit, nor those of one item more than its share.",
  watch: (judge, violated) =>
    judge.on("commit", ({ key, item }) => {
      const limiter = key.pk.slice(2);
      if (!item || !key.pk.startsWith("G#") || limiter.startsWith("r:")) return;
      const own = slotsIn(item);
      const { slots, largestTask } = limiter.startsWith("p:")
        ? poolSlots(judge.settings, judge, limiter.slice(2))
        : { slots: judge.concurrencies.get(limiter.slice(2)) ?? Number.POSITIVE_INFINITY, largestTask: 1 };
      const share = limiter.startsWith("p:") ? (splitLimit(slots, largestTask)[Number(key.sk)] ?? 0) : slots;
      const sum = granted(judge, limiter);
      if (own > share || sum > slots) violated(`${limiter} has ${sum} of ${slots} slots granted, its item ${key.sk} ${own} of ${share}`);
    }),
};

export const runningWithinLimits: Invariant = {
  name: "running-within-limits",
  sentence: "The attempts that are claimed and not ended never take more than their pool and their concurrency key allow.",
  watch: (judge, violated) => {
    const used = new Map<string, number>();
    const change = (run: RunRecord, task: number, attempt: number, sign: 1 | -1): void => {
      const found = run.graph.tasks[judge.ledger.templateOf(run, task)];
      if (!found) return;
      const { concurrency } = found.def;
      const uses: [string, number, number][] = [[`p:${found.pool}`, found.slots, poolSlots(judge.settings, judge, found.pool).slots]];
      const key = concurrency && keyOf(run, concurrency.key);
      if (concurrency && key !== undefined) uses.push([`c:${key}`, 1, judge.concurrencies.get(key) ?? concurrency.limit]);
      for (const [limiter, slots, limit] of uses) {
        const sum = (used.get(limiter) ?? 0) + sign * slots;
        used.set(limiter, sum);
        if (sum > limit) violated(`${named(run, task, attempt)} runs as the ${sum}. of ${limit} slots of ${limiter}`);
      }
    };
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      const runs = (one: AttemptItem | undefined): boolean => one?.s === "running";
      if (runs(item) && !runs(old)) change(run, task, attempt, 1);
      if (!runs(item) && runs(old)) change(run, task, attempt, -1);
    });
  },
};

export const grantHeld: Invariant = {
  name: "grant-held",
  sentence: "An attempt holds its grants in the store from its claim to its end.",
  watch: (judge, violated) => {
    const holds = (limiter: string, run: string, task: number, attempt: number): boolean => {
      for (let part = 0; part < 8; part++) {
        const item = judge.store.peek({ pk: `G#${limiter}`, sk: String(part) });
        if (grantsIn(item).some((grant) => grant.run === run && grant.task === task && grant.attempt === attempt)) return true;
      }
      return false;
    };
    const limitersOf = (run: RunRecord, task: number): string[] => {
      const found = run.graph.tasks[judge.ledger.templateOf(run, task)];
      const text = found?.def.concurrency?.key;
      const key = text === undefined ? undefined : keyOf(run, text);
      return found ? [`p:${found.pool}`, ...(key === undefined ? [] : [`c:${key}`])] : [];
    };
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      if (old || item?.s !== "running") return;
      for (const limiter of limitersOf(run, task))
        if (!holds(limiter, run.run, task, attempt)) violated(`${named(run, task, attempt)} was claimed without a grant of ${limiter}`);
    });
    judge.on("commit", ({ key, item, old }) => {
      if (!key.pk.startsWith("G#") || !old) return;
      const left = new Set(grantsIn(item).map(grantKey));
      for (const grant of grantsIn(old)) {
        if (left.has(grantKey(grant))) continue;
        const { run: name, task, attempt } = grant;
        const run = judge.ledger.runs.get(name);
        const record = run && judge.ledger.attemptsOf(run, task)[attempt - 1];
        if (run && record?.item.s === "running" && !holds(key.pk.slice(2), name, task, attempt))
          violated(`the grant of ${named(run, task, attempt)} in ${key.pk} was taken away while it runs`);
      }
    });
  },
};

export const grantsReturned: Invariant = {
  name: "grants-returned",
  sentence:
    "When everything has come to rest, no engine that gives grants knows of one and none has a reservation left. (In functions a concurrency key is known while something waits for it; then what a crash has left there is found.)",
  watch: (judge, violated) =>
    judge.on("end", () => {
      for (const item of judge.store.all()) {
        const left = item.pk.startsWith("G#") ? grantsIn(item) : [];
        const known = [...judge.engines()].some(
          ({ engine }) => (item.pk.startsWith("G#p:") || engine.roles.decides) && engine.limiters.named(item.pk.slice(2)).length > 0,
        );
        if (known && left.length > 0) violated(`${item.pk} still has ${left.length} grants, the first of ${left.map(grantKey)[0]}`);
      }
      for (const { life, engine } of judge.engines()) {
        const { running } = engine.host.reserved;
        if (running > 0) violated(`${life.id} still reserves for ${running} attempts`);
      }
    }),
};
