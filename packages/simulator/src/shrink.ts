import { type SeedOptions, simulateSeed } from "./seed-run.ts";
import type { Fault } from "./world/faults.ts";

/** What tells a world from another one of the same seed. */
export type Shrunk = Pick<SeedOptions, "seed" | "tasks" | "slots" | "policy" | "only" | "rates" | "most" | "aims" | "meddling">;

const FEWER_TASKS = [3, 6, 12, 20, 30] as const;

/**
 * Looks for a smaller world that breaks the same invariant: fewer tasks, no people, fewer kinds of faults, fewer faults. Each step keeps what
 * still breaks it; at most `tries` worlds are lived through.
 */
export const shrink = async (options: SeedOptions, invariant: string, tries: number): Promise<Shrunk> => {
  const { seed, tasks, slots, policy, only, rates, most, aims, meddling } = options;
  let best: Shrunk = { seed, ...defined({ tasks, slots, policy, only, rates, most, aims, meddling }) };
  let left = tries;
  let faults: readonly Fault[] = [];
  let total = 0;
  const breaks = async (smaller: Shrunk): Promise<boolean> => {
    if (left-- <= 0) return false;
    const { violation, faults: counts } = await simulateSeed({ ...options, ...smaller });
    if (violation?.invariant !== invariant) return false;
    best = smaller;
    faults = [...counts.keys()];
    total = [...counts.values()].reduce((sum, places) => sum + [...places.values()].reduce((a, b) => a + b, 0), 0);
    return true;
  };
  await breaks(best);
  // What is smaller in one way may then be made smaller in another, until nothing helps any more.
  for (let known: Shrunk | undefined; known !== best && left > 0; ) {
    known = best;
    // A person's own workflows stay as they are.
    for (const fewer of options.workflows ? [] : FEWER_TASKS)
      if (fewer < (best.tasks ?? 40) && (await breaks({ ...best, tasks: fewer }))) break;
    if (best.meddling !== false) await breaks({ ...best, meddling: false });
    // What didn't take effect can't matter: naming the rest changes nothing yet.
    if (best.only === undefined || faults.length < best.only.length) await breaks({ ...best, only: faults });
    for (const fault of best.only ?? []) {
      const kept = best.only ?? [];
      if (kept.includes(fault)) await breaks({ ...best, only: kept.filter((one) => one !== fault) });
    }
    // Faults count in the order in which they happen, so the least number that suffices is found by halving.
    for (let low = 0, high = Math.min(total, best.most ?? total); low < high && left > 0; ) {
      const middle = Math.floor((low + high) / 2);
      if (await breaks({ ...best, most: middle })) high = Math.min(middle, total);
      else low = middle + 1;
    }
  }
  return best;
};

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
