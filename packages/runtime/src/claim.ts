import { hasCode } from "@qmoi/core";
import { firstIn } from "@qmoi/master-automation";
import { type AttemptItem, keys } from "./items.ts";
import { replaceStray, strayAt } from "./of-run.ts";
import type { Hint, Ports } from "./ports.ts";
import { isRefused, isTransient, retrying } from "./retrying.ts";

const ANSWER_MS = 10_000;

export interface Claim {
  readonly hint: Hint;
  readonly worker: string;
  readonly leaseMs: number;
  /** Whether a reading within the bound allows it at this very moment. */
  readonly mayStill: () => boolean;
}

/** Creates the attempt if nobody has; undefined when somebody had. */
export const claimAttempt = (ports: Ports, { hint, worker, leaseMs, mayStill }: Claim): Promise<AttemptItem | undefined> => {
  const now = ports.clock.now();
  const item: AttemptItem = {
    ...keys.attempt(hint.run, hint.task, hint.attempt),
    v: firstIn(hint),
    s: "running",
    w: worker,
    tk: ports.random.id(),
    le: now + leaseMs,
    ra: hint.readyAt,
    fo: hint.fold,
    ga: hint.grantedAt,
    sa: now,
  };
  return ports.table.put(item, { when: { site: "attempt.claim", absent: true }, stamp: "ss" }).then(
    ({ seq }) => (seq === null ? item : { ...item, ss: seq }),
    (error: unknown) => unanswered(ports, item, mayStill, error),
  );
};

/** What came of a claim that was refused or has no answer. */
const unanswered = async (
  ports: Ports,
  item: AttemptItem,
  mayStill: Claim["mayStill"],
  error: unknown,
): Promise<AttemptItem | undefined> => {
  if (hasCode(error, "QMOI_CONFLICT")) {
    const stray = await strayAt(ports, item);
    return mayStill() ? replaceStray(ports, item, stray, "ss") : undefined;
  }
  // Without an answer the claim may stand: only the store knows.
  if (!isTransient(error) || isRefused(error)) throw error;
  const read = () => ports.table.get(item);
  const stored = (await retrying(ports.clock, ports.clock.monotonic() + ANSWER_MS, read)) as AttemptItem | undefined;
  return stored?.tk === item.tk ? stored : undefined;
};
