/** A slot given to one attempt: `slots` of a limit, until the attempt ends; `expiry` is when an unclaimed one may be taken away. */
export interface Grant {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
  readonly slots: number;
  /** Milliseconds since 1970. */
  readonly expiry: number;
  /** Who took it, where only one may go on with it: two with other nonces are two takers of one attempt. */
  readonly nonce?: number;
}

export const grantKey = (grant: { readonly run: string; readonly task: number; readonly attempt: number }): string =>
  `${grant.run}/${grant.task}/${grant.attempt}`;

/** Sum of slots in use. */
export const slotsUsed = (grants: Iterable<Grant>): number => {
  let used = 0;
  for (const grant of grants) used += grant.slots;
  return used;
};

/** Live grants of a limiter by their keys, in the order of granting. */
export type Grants = ReadonlyMap<string, Grant>;

/**
 * Removes first, then adds in order what fits under `limit`. `remove` has a nonce where only the grant of that taker is meant: one that is
 * told again, for want of an answer, must not take what another one took since. What is there already stays once: a repeated add changes nothing, and is granted
 * unless somebody else took it (`taken`). Never grants beyond the limit; where the limit shrank, nothing is added until enough is given back.
 */
export const changeGrants = (
  live: Grants,
  limit: number,
  remove: ReadonlyMap<string, number | undefined>,
  add: Iterable<Grant>,
): { readonly live: Grants; readonly granted: ReadonlySet<string>; readonly taken: ReadonlySet<Grant>; readonly changed: boolean } => {
  const next = new Map(live);
  for (const [key, nonce] of remove) if (nonce === undefined || next.get(key)?.nonce === nonce) next.delete(key);
  const granted = new Set<string>();
  const taken = new Set<Grant>();
  let changed = next.size !== live.size;
  let used = slotsUsed(next.values());
  for (const grant of add) {
    const key = grantKey(grant);
    const there = next.get(key);
    if (there) {
      if (there.nonce === grant.nonce) granted.add(key);
      else taken.add(grant);
    } else if (used + grant.slots <= limit) {
      used += grant.slots;
      next.set(key, grant);
      granted.add(key);
      changed = true;
    }
  }
  return { live: next, granted, taken, changed };
};

/** How a limit is split over items so that each stays small: every part has room for the largest task. */
export const splitLimit = (slots: number, largestTask: number): readonly number[] => {
  const parts = Math.max(1, Math.floor(slots / Math.max(20, largestTask)));
  return Array.from({ length: parts }, (_, n) => Math.floor(slots / parts) + (n < slots % parts ? 1 : 0));
};

/** A token bucket: `tokens` were there at `at` (ms). */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/**
 * Takes one token of a bucket that holds `limit` and refills `limit` tokens in `per` seconds; `wait` is the time in ms until there is one.
 * A clock that went back refills nothing.
 */
export const takeToken = (
  bucket: Bucket | undefined,
  limit: number,
  per: number,
  now: number,
): { readonly bucket: Bucket } | { readonly wait: number } => {
  const perMs = limit / (per * 1000);
  const since = bucket ? Math.max(0, now - bucket.at) : 0;
  const tokens = bucket ? Math.min(limit, bucket.tokens + since * perMs) : limit;
  if (tokens >= 1 - 1e-9) return { bucket: { tokens: Math.max(0, tokens - 1), at: Math.max(now, bucket?.at ?? now) } };
  return { wait: Math.max(1, Math.ceil((1 - tokens) / perMs)) };
};
