import { moduleDiscards } from "@qmoi/master-automation";
import { type AttemptItem, keys } from "./items.ts";
import { isOfGeneration } from "./of-run.ts";
import type { Hint, Ports } from "./ports.ts";
import { prepare } from "./prepare.ts";
import type { Reading } from "./readings.ts";
import type { RunEntry } from "./run-entry.ts";
import { locate } from "./run-facts.ts";
import type { WorkerParts } from "./worker.ts";

/** How an attempt is marked that was taken over from whoever held it: its work may go on. */
export const TAKEN_OVER = "QMOI_WORKER_LOST";

/** What asks a worker to have an attempt's work ended; undefined where that ends with its worker, as most does. */
export const stopHint = ({ clock, targets }: Ports, entry: RunEntry, task: number, attempt: number): Hint | undefined => {
  if (task >= entry.state.size || !targets.get(entry.state.locate(task).task.def.target.type)?.stop) return undefined;
  const now = clock.now();
  return { run: entry.run, task, attempt, readyAt: now, grantedAt: now, fold: entry.fold, v: entry.header.v, stop: true };
};

/** Sends them. What is lost of it the tick sends again, for as long as the attempt holds its grants. */
export const sendStops = async ({ hints, logger }: Ports, stops: readonly Hint[]): Promise<void> => {
  if (stops.length > 0) await hints.send(stops).catch((error) => logger.log("warn", "work elsewhere not told to end", { error }));
};

/** Whether what runs of it shall end. */
export const isStopped = ({ control, header }: Reading): boolean =>
  header === undefined || (header.st !== "running" && header.st !== "paused") || moduleDiscards(control, "advanced-automation");

/**
 * Has the work of an attempt ended that goes on elsewhere: its run was cancelled, everything was stopped, or it was taken over because its time
 * is over. Its end is told as any other. Rejects where the service can't be asked.
 */
export const stopElsewhere = async ({ ports, readings, factsOf, outputs }: WorkerParts, hint: Hint): Promise<void> => {
  const reading = await readings.fresh(hint.run, 0);
  const facts = await factsOf(hint);
  const located = facts && isOfGeneration(facts.header, hint) ? locate(facts, hint.task) : undefined;
  const runner = located && ports.targets.get(located.task.def.target.type);
  const item = (await ports.table.get(keys.attempt(hint.run, hint.task, hint.attempt))) as AttemptItem | undefined;
  if (!facts || !located || !runner?.stop || !item) return;
  if (item.s === "running" ? !isStopped(reading) : item.f?.code !== TAKEN_OVER) return;
  const { target } = await prepare(ports, facts, outputs, located);
  await runner.stop({ target, token: `${hint.run}/${hint.task}/${hint.attempt}/${item.tk}` });
  ports.logger.log("info", "work elsewhere was told to end", { run: hint.run, task: hint.task, attempt: hint.attempt });
};
