import { BIT } from "@qmoi/advanced-automation";
import { hasCode } from "@qmoi/core";
import { firstIn } from "@qmoi/master-automation";
import { limitersOf } from "./acquire.ts";
import { type AttemptItem, keys } from "./items.ts";
import type { Limiters } from "./limiters.ts";
import { replaceStray, strayAt } from "./of-run.ts";
import type { Hint, Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import { stopHint } from "./stop-elsewhere.ts";

/**
 * Creates the next attempt of a task as void, so that no late claim can begin it. False when the attempt exists: claimed, or ended.
 * A repeated void is true again. `fold`: the number of the run's fold that it goes by.
 */
export const voidAttempt = async (
  ports: Ports,
  run: string,
  task: number,
  attempt: number,
  readyAt: number,
  fold: number,
): Promise<boolean> => {
  const now = ports.clock.now();
  const ttl = Math.floor(now / 1000) + ports.settings().historyDays * 86_400;
  const item: AttemptItem = {
    ...keys.attempt(run, task, attempt),
    v: firstIn({ v: fold }),
    ttl,
    s: "void",
    w: "-",
    tk: "-",
    le: now,
    ra: readyAt,
    ga: now,
    fo: fold,
    sa: now,
    ea: now,
  };
  try {
    await ports.table.put(item, { when: { site: "attempt.void", absent: true }, stamp: "es" });
    return true;
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    if (await replaceStray(ports, item, await strayAt(ports, item), "es")) return true;
    return (await ports.table.get(item))?.s === "void";
  }
};

/**
 * Ends, as cancelled, every task of a cancelled run that nobody has claimed. Running ones end when their worker reads the header; gives what asks
 * for the end of those that none holds any more.
 */
export const cancelUnclaimed = async (ports: Ports, entry: RunEntry, limiters: Limiters): Promise<readonly Hint[]> => {
  const stops: Hint[] = [];
  const { state, run } = entry;
  await limiters.read();
  const granted = new Set<string>();
  for (const part of limiters.all) for (const grant of part.live) if (grant.run === run) granted.add(`${grant.task}/${grant.attempt}`);
  for (const task of [...state.unfinished()]) {
    if (state.bit(task) === BIT.expanded || !state.isOpen(task)) continue;
    const attempt = entry.retryOf(task).next;
    const maybeClaimed = granted.has(`${task}/${attempt}`) || entry.inflight.has(task);
    if (maybeClaimed && !(await voidAttempt(ports, run, task, attempt, entry.readyAt.get(task) ?? entry.header.sa, entry.fold))) {
      const stop = stopHint(ports, entry, task, attempt);
      if (stop) stops.push(stop);
      continue;
    }
    state.finish(task, "cancelled");
    if (maybeClaimed) limiters.release(limitersOf(limiters, entry, task), { run, task, attempt });
  }
  return stops;
};
