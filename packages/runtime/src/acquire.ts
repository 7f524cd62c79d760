import type { Grant } from "@qmoi/advanced-automation";
import { renderKey } from "./gates.ts";
import type { LimiterPart } from "./limiter-part.ts";
import { type Limiters, poolLimiter, rateLimiter } from "./limiters.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import { GRANT_MS } from "./settings.ts";

/** `wait`: milliseconds after which asking again makes sense; without it, when the limiter changes. */
export type Refused = { readonly kind: "refused"; readonly limiter: string; readonly wait?: number };
export type Acquired = { readonly kind: "granted" } | Refused;

/** The limiters a task needs beside its pool, by their names. */
export const extraLimiters = (entry: RunEntry, task: number): { readonly concurrency?: string; readonly rate?: string } => {
  const { def } = entry.state.locate(task).task;
  return {
    ...(def.concurrency ? { concurrency: renderKey(entry, task, def.concurrency.key) } : {}),
    ...(def.rate ? { rate: renderKey(entry, task, def.rate.key) } : {}),
  };
};

/** Names of all limiters under which an attempt of the task holds grants. A concurrency limiter is known by its tasks only, so it is made known. */
export const limitersOf = (limiters: Limiters, entry: RunEntry, task: number): readonly string[] => {
  const { pool, def } = entry.state.locate(task).task;
  if (!def.concurrency) return [poolLimiter(pool)];
  const { key, limit } = def.concurrency;
  return [limiters.concurrency(renderKey(entry, task, key), limit).name, poolLimiter(pool)];
};

/**
 * Takes what one attempt needs, in the order of the limiters' keys so that two dispatchers can't hold what the other waits for; refused at
 * one, it gives the others back at once. Rate limits come last and are never given back. Under several limiters only one dispatcher goes on
 * with an attempt: what it gives back must not be what another one's worker runs on, and each start needs a token of its own.
 */
export const acquire = (
  ports: Ports,
  limiters: Limiters,
  entry: RunEntry,
  task: number,
  attempt: number,
  pool: LimiterPart,
): Promise<Acquired> => {
  const { def, slots } = entry.state.locate(task).task;
  const grant: Grant = { run: entry.run, task, attempt, slots, expiry: ports.clock.now() + GRANT_MS };
  if (def.concurrency || def.rate) return acquireSeveral(ports, limiters, entry, grant, pool);
  return pool.add(grant).then((added) => (added === "refused" ? { kind: "refused", limiter: pool.name } : GRANTED));
};

const GRANTED: Acquired = { kind: "granted" };

const acquireSeveral = async (ports: Ports, limiters: Limiters, entry: RunEntry, grant: Grant, pool: LimiterPart): Promise<Acquired> => {
  const { task } = grant;
  const { def } = entry.state.locate(task).task;
  const pooled: Acquired = { kind: "refused", limiter: pool.name };
  const extra = extraLimiters(entry, task);
  const nonce = Math.floor(ports.random.next() * 2 ** 31);
  const own = { ...grant, nonce };
  const concurrency = def.concurrency && limiters.concurrency(extra.concurrency as string, def.concurrency.limit);
  const keyed = concurrency ? await concurrency.add({ ...own, slots: 1 }) : "granted";
  if (concurrency && keyed !== "granted") return { kind: "refused", limiter: concurrency.name, ...(keyed === "taken" ? TAKEN : {}) };
  const added = await pool.add(own);
  if (added !== "granted") {
    concurrency?.giveBack(own);
    return { ...pooled, ...(added === "taken" ? TAKEN : {}) };
  }
  const { rate } = def;
  const wait = rate ? await limiters.takeRate(extra.rate as string, rate.limit, rate.per).catch(() => STORE_RETRY_MS) : 0;
  if (wait === 0) return GRANTED;
  concurrency?.giveBack(own);
  pool.giveBack(own);
  return { kind: "refused", limiter: rateLimiter(extra.rate as string), wait };
};

/** The store is away: whether a token was taken is unknown, and it is never given back anyway. */
const STORE_RETRY_MS = 1_000;

/** Another dispatcher sees to the attempt, or has died over it: then its grants go when they have expired. */
const TAKEN = { wait: GRANT_MS };
