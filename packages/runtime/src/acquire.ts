import { renderKey } from "./gates.ts";
import type { LimiterPart } from "./limiter-part.ts";
import { concurrencyLimiter, type Limiters, rateLimiter } from "./limiters.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import { GRANT_MS } from "./settings.ts";

/** `wait`: milliseconds after which asking again makes sense; without it, when the limiter changes. */
export type Acquired = { readonly kind: "granted" } | { readonly kind: "refused"; readonly limiter: string; readonly wait?: number };

/** The limiters a task needs beside its pool, by their names. */
export const extraLimiters = (entry: RunEntry, task: number): { readonly concurrency?: string; readonly rate?: string } => {
  const { def } = entry.state.locate(task).task;
  return {
    ...(def.concurrency ? { concurrency: renderKey(entry, task, def.concurrency.key) } : {}),
    ...(def.rate ? { rate: renderKey(entry, task, def.rate.key) } : {}),
  };
};

/** Names of all limiters under which an attempt of the task holds grants. */
export const limitersOf = (entry: RunEntry, task: number): readonly string[] => {
  const { concurrency } = extraLimiters(entry, task);
  const pool = `p:${entry.state.locate(task).task.pool}`;
  return concurrency === undefined ? [pool] : [concurrencyLimiter(concurrency), pool];
};

/**
 * Takes what one attempt needs, in the order of the limiters' keys so that two dispatchers can't hold what the other waits for; refused at
 * one, it gives the others back at once. Rate limits come last and are never given back.
 */
export const acquire = async (
  ports: Ports,
  limiters: Limiters,
  entry: RunEntry,
  task: number,
  attempt: number,
  pool: LimiterPart,
): Promise<Acquired> => {
  const { task: found } = entry.state.locate(task);
  const { def } = found;
  const grant = { run: entry.run, task, attempt, slots: found.slots, expiry: ports.clock.now() + GRANT_MS };
  const key = `${entry.run}/${task}/${attempt}`;
  if (!def.concurrency && !def.rate) return (await pool.add(grant)) ? { kind: "granted" } : { kind: "refused", limiter: pool.name };
  const extra = extraLimiters(entry, task);
  const concurrency = def.concurrency && limiters.concurrency(extra.concurrency as string, def.concurrency.limit);
  if (concurrency && !(await concurrency.add({ ...grant, slots: 1 }))) return { kind: "refused", limiter: concurrency.name };
  if (!(await pool.add(grant))) {
    concurrency?.remove(key);
    return { kind: "refused", limiter: pool.name };
  }
  const wait = def.rate ? await limiters.takeRate(extra.rate as string, def.rate.limit, def.rate.per) : 0;
  if (wait === 0) return { kind: "granted" };
  concurrency?.remove(key);
  pool.remove(key);
  return { kind: "refused", limiter: rateLimiter(extra.rate as string), wait };
};
