import { type Clock, hasCode, type Item, type Table } from "@qmoi/core";
import { scan } from "../backup/snapshot.ts";

/** What nobody looks for by its time: answers under idempotency keys, failed logins. All else that expires, the engine's retention finds. */
const PREFIXES = ["IDEM#", "LOGIN#"] as const;

/**
 * Deletes answers and counters whose time is over, where the store does not do it by itself; readers filter by it already. One that was taken
 * again meanwhile stays. Resolves with how many went.
 */
export const sweepExpired = async ({ table, clock }: { readonly table: Table; readonly clock: Clock }): Promise<number> => {
  let gone = 0;
  const isOver = ({ pk, ttl }: Item): boolean =>
    ttl !== undefined && ttl * 1000 <= clock.now() && PREFIXES.some((prefix) => pk.startsWith(prefix));
  for await (const item of scan(table)) {
    if (!isOver(item)) continue;
    try {
      await table.delete(item, { when: { site: "expired.delete", v: item.v } });
      gone++;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    }
  }
  return gone;
};
