import { BIT, splitLimit } from "@qmoi/advanced-automation";
import { moduleRuns } from "@qmoi/master-automation";
import { type ControlItem, keys } from "@qmoi/runtime";
import type { Invariant, Judge } from "../judge.ts";
import type { RunRecord } from "../ledger.ts";
import { unmet } from "./dependencies.ts";
import { slotsIn } from "./grants-in.ts";
import { poolSlots } from "./limits.ts";
import { named } from "./names.ts";
import { allowed, triesOf } from "./retries.ts";

/** Two ticks, by which everything is derived again, and some for what they start. */
const BOUND_MS = 150_000;
const LOOK_MS = 10_000;

/**
 * A task is looked at while it waits for nothing but a start: its needs are met, its conditions were evaluated, it is not held back by a
 * limit of its own, and neither the pool's slots nor what one process may run are taken. Then some engine must start it, whatever it missed
 * while there were faults. Tasks that ask for processors or memory are left out: only their host knows what it has.
 */
export const freeSlotTaken: Invariant = {
  name: "free-slot-taken",
  sentence:
    "Nothing waits beside a free slot: once faults have ceased, a task that could start and whose slots are free starts within 150 s, and twice what clocks differ by.",
  watch: (judge, violated) => {
    let waiting = new Map<string, number>();
    const bound = BOUND_MS + 2 * Math.max(judge.skews.ahead, judge.skews.behind);
    const look = (): void => {
      const { now } = judge.world;
      const before = waiting;
      waiting = new Map();
      for (const [run, task] of couldStart(judge)) {
        const key = `${run.run}/${task}/${judge.ledger.attemptsOf(run, task).length}`;
        const since = before.get(key) ?? now;
        waiting.set(key, since);
        if (now - since > bound)
          violated(`${named(run, task)} could have started ${Math.round((now - since) / 1000)} s ago: its slots are free`);
      }
      judge.world.after(LOOK_MS, undefined, look);
    };
    judge.on("calm", look);
  },
};

/** Tasks that wait for nothing but a start. */
function* couldStart(judge: Judge): Generator<[RunRecord, number]> {
  const { store, ledger, settings } = judge;
  if (!moduleRuns(store.peek(keys.control) as ControlItem | undefined, "advanced-automation")) return;
  const { all, ofType } = running(judge);
  if (all >= settings.maxRunning) return;
  for (const run of ledger.runs.values()) {
    if (run.header.st !== "running") continue;
    for (const [task, bit] of run.bits.entries()) {
      if (bit !== BIT.pending && bit !== BIT.open) continue;
      const template = run.graph.tasks[ledger.templateOf(run, task)];
      if (!template) continue;
      const { def, gated, pool, slots } = template;
      if (bit === BIT.pending && gated && template.index === task) continue;
      if (def.concurrency || def.rate || def.resources?.cpu || def.resources?.memory) continue;
      const type = def.target.type;
      if ((ofType.get(type) ?? 0) >= (settings.runningOfType[type] ?? Number.POSITIVE_INFINITY)) continue;
      if (unmet(run, template.index).length > 0 || !mayTry(judge, run, task)) continue;
      if (hasRoom(judge, pool, slots)) yield [run, task];
    }
  }
}

const running = (judge: Judge): { all: number; ofType: ReadonlyMap<string, number> } => {
  let all = 0;
  const ofType = new Map<string, number>();
  for (const run of judge.ledger.runs.values()) {
    for (const [task, attempts] of run.attempts) {
      if (attempts.at(-1)?.item.s !== "running") continue;
      const type = run.graph.tasks[judge.ledger.templateOf(run, task)]?.def.target.type ?? "";
      all++;
      ofType.set(type, (ofType.get(type) ?? 0) + 1);
    }
  }
  return { all, ofType };
};

/** Whether no attempt is under way, and the last one's failure is to be tried again by now. */
const mayTry = (judge: Judge, run: RunRecord, task: number): boolean => {
  const attempts = judge.ledger.attemptsOf(run, task);
  const last = attempts.at(-1)?.item;
  if (!last || attempts.length <= (run.before.get(task) ?? 0)) return true;
  if (last.s === "void") return true;
  if (last.s !== "failed" || last.un || !last.f) return false;
  const { again, wait } = allowed(judge, run, task, last, triesOf(judge, run, task, attempts.length));
  return again && judge.world.time - (last.ea ?? 0) > wait;
};

/** Whether one of the pool's items has so many slots that nobody was granted. */
const hasRoom = (judge: Judge, pool: string, wanted: number): boolean => {
  const { slots, largestTask } = poolSlots(judge.settings, judge, pool);
  return splitLimit(slots, largestTask).some((share, part) => {
    const taken = slotsIn(judge.store.peek(keys.limiter(`p:${pool}`, part)));
    return share - taken >= wanted;
  });
};
