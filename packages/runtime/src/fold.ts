import { nextTry, type Retry } from "@qmoi/advanced-automation";
import { ConflictError, type Failure, hasCode, type Json } from "@qmoi/core";
import { passGate } from "./gates.ts";
import { type AttemptItem, keys } from "./items.ts";
import { isOfRun } from "./of-run.ts";
import type { Outputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import type { Ending, RunEntry } from "./run-entry.ts";

export interface FoldParts {
  readonly ports: Ports;
  readonly outputs: Outputs;
}

/** Whether the run's state in memory doesn't know yet that this attempt has ended. */
export const isNews = (entry: RunEntry, { task, attempt, item }: Ending): boolean =>
  entry.state.isOpen(task) && attempt >= entry.retryOf(task).next && isOfRun(item, entry.header);

/**
 * Folds one ended attempt into the run's state in memory, and takes what it released through its gates. Says whether it was news and
 * counts as a try; at once where nothing must be written or evaluated for it, which is so for most. Errors: QMOI_CONFLICT for a later
 * attempt than the expected one, since then the state here is old.
 */
export const foldEnding = (parts: FoldParts, entry: RunEntry, ending: Ending): boolean | Promise<boolean> => {
  const { state } = entry;
  const { task, attempt, item } = ending;
  if (!isNews(entry, ending)) return false;
  if (task >= state.size) throw new ConflictError(`attempt ${attempt} of task ${task} ended, of which nothing is known here`);
  const retry = entry.retryOf(task);
  if (attempt > retry.next) throw new ConflictError(`attempt ${attempt} of task ${task} ended, ${retry.next} was expected`);
  entry.readyAt.delete(task);
  entry.leave(task);
  const next: Retry = { next: attempt + 1, tries: retry.tries, at: 0 };
  if (item.s === "succeeded") state.finish(task, "succeeded");
  else if (entry.header.st === "cancelling") state.finish(task, "cancelled");
  else if (item.un) state.hold(task, { ...next, tries: retry.tries + 1 });
  else if (item.s === "failed")
    return foldFailure(parts, entry, task, item, { ...next, tries: retry.tries + 1 })
      .then(() => passGates(parts, entry, item.ea ?? 0))
      .then(() => true);
  else state.again(task, { ...next, at: retry.at });
  const counts = item.s === "succeeded" || item.s === "failed";
  return passGates(parts, entry, item.ea ?? 0)?.then(() => counts) ?? counts;
};

const foldFailure = async (parts: FoldParts, entry: RunEntry, task: number, item: AttemptItem, next: Retry): Promise<void> => {
  const { ports } = parts;
  const { def } = entry.state.locate(task).task;
  const failure = item.f as Failure;
  const endedAt = item.ea ?? ports.clock.now();
  const delay = nextTry(failure, next.tries, def.retry ?? entry.graph.workflow.retry, ports.settings().retries, ports.random.next());
  if (delay !== undefined) {
    if (failure.class === "memory") entry.outOfMemory.set(task, (entry.outOfMemory.get(task) ?? 0) + 1);
    entry.state.again(task, { ...next, at: delay === 0 ? 0 : endedAt + delay });
    return;
  }
  await putDeadLetter(ports, entry, task, next.next - 1, endedAt, failure);
  ports.metrics?.add("DeadLetters", 1);
  entry.state.finish(task, "failed");
};

/**
 * Written before the fold that ends the task, so that a crash between the two leaves no failure without its letter. It carries the number of
 * that fold: it may come twice, and one that comes late leaves a later one, and one that was restored, as they are.
 */
const putDeadLetter = async (ports: Ports, entry: RunEntry, task: number, attempt: number, at: number, failure: Failure): Promise<void> => {
  const key = keys.deadLetter(new Date(at).toISOString().slice(0, 10), entry.run, task);
  const ttl = Math.floor(at / 1000) + ports.settings().deadLetterDays * 86_400;
  const v = entry.fold + 1;
  const letter = {
    ...key,
    v,
    ttl,
    wf: entry.header.wf,
    t: entry.state.nameOf(task),
    a: attempt,
    at,
    f: failure as unknown as Json,
  };
  await ports.table.put(letter, { when: { site: "letter.put", below: v + 1 } }).catch((error) => {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
  });
};

/**
 * Takes every task whose needs are met through its gate, until nothing new follows. `metAt`: when the needs were met (ms). Without gates it
 * is done at once and gives nothing to wait for.
 */
export const passGates = (parts: FoldParts, entry: RunEntry, metAt: number): Promise<void> | undefined => {
  const readyAt = Math.max(metAt, entry.header.sa);
  const released = entry.state.takeReleased();
  for (const task of released) entry.readyAt.set(task, readyAt);
  const gated = released.filter((task) => entry.state.locate(task).task.gated);
  return gated.length === 0 ? undefined : passEach(parts, entry, gated, readyAt);
};

const passEach = async (parts: FoldParts, entry: RunEntry, gated: readonly number[], readyAt: number): Promise<void> => {
  const { state } = entry;
  const { ports, outputs } = parts;
  for (const task of gated) {
    const gate = await passGate(ports, entry, outputs, task, readyAt);
    if (gate.kind === "open") state.release(task, gate.notBefore);
    else if (gate.kind === "skip") state.finish(task, "skipped");
    else if (gate.kind === "expand") entry.expand(task, gate.list, gate.blob, readyAt);
    else {
      await putDeadLetter(ports, entry, task, 0, readyAt, { class: "invalid", code: "QMOI_INVALID_EXPRESSION", message: gate.message });
      state.finish(task, "failed");
    }
  }
  await passGates(parts, entry, readyAt);
};
