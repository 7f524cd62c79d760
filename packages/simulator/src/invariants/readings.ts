import { moduleRuns } from "@qmoi/master-automation";
import type { AttemptItem, ControlItem, HeaderItem } from "@qmoi/runtime";
import { ensure } from "../ensure.ts";
import type { Invariant, Judge } from "../judge.ts";
import type { Life } from "../world/life.ts";

/** The design's bound: no claim and no effect on a reading older than this, and none later than this after a stop. */
const BOUND_MS = 500;

const isOpen = (control: ControlItem | undefined): boolean => moduleRuns(control, "advanced-automation");

/** When each process sent the latest strong read that allowed work to begin: of the control item, and of each run's header. */
const allowedReads = (judge: Judge): ((life: Life, run: string) => number) => {
  const sent = new WeakMap<Life, Map<string, number>>();
  judge.on("answered", (read) => {
    const key = read.key.pk === "CTL" ? "CTL" : read.key.sk === "H" ? read.key.pk : undefined;
    if (key === undefined) return;
    const allows = key === "CTL" ? isOpen(read.item as ControlItem | undefined) : (read.item as HeaderItem | undefined)?.st === "running";
    if (!allows) return;
    const own = ensure(sent, read.life, () => new Map<string, number>());
    own.set(key, Math.max(own.get(key) ?? Number.NEGATIVE_INFINITY, read.sent));
  });
  return (life, run) => {
    const own = sent.get(life);
    const never = Number.NEGATIVE_INFINITY;
    return judge.world.now - Math.min(own?.get("CTL") ?? never, own?.get(`R#${run}`) ?? never);
  };
};

export const freshReading: Invariant = {
  name: "fresh-reading",
  sentence:
    "A worker sends a claim and begins an effect only on strong reads of the control item and the run's header that allowed it and were sent at most 500 ms before by its monotonic clock.",
  watch: (judge, violated) => {
    const age = allowedReads(judge);
    judge.on("sending", ({ life, item, site }) => {
      if (site !== "attempt.claim") return;
      const run = item.pk.split("#")[1] as string;
      const old = age(life, run);
      if (old > BOUND_MS) violated(`${life.id} claims ${run}/${item.sk} as ${(item as AttemptItem).w} on a reading of ${old} ms`);
    });
    judge.on("began", ({ life, call }) => {
      const old = age(life, call.run);
      if (old > BOUND_MS) violated(`${life.id} began ${call.run}/${call.task}/${call.attempt} on a reading of ${old} ms`);
    });
  },
};

export const promptStop: Invariant = {
  name: "prompt-stop",
  sentence: "No effect begins more than 500 ms after the write that stopped the system, or cancelled, paused or ended its run.",
  watch: (judge, violated) => {
    let stoppedAt: number | undefined;
    const closedAt = new Map<string, number>();
    judge.on("commit", ({ key, item }) => {
      if (key.pk !== "CTL") return;
      stoppedAt = isOpen(item as ControlItem | undefined) ? undefined : (stoppedAt ?? judge.world.now);
    });
    judge.on("header", ({ run, item }) => {
      if (item.st === "running") closedAt.delete(run.run);
      else if (!closedAt.has(run.run)) closedAt.set(run.run, judge.world.now);
    });
    judge.on("began", ({ call }) => {
      const which = `${call.run}/${call.task}/${call.attempt}`;
      const stop = judge.world.now - (stoppedAt ?? judge.world.now);
      const close = judge.world.now - (closedAt.get(call.run) ?? judge.world.now);
      if (stop > BOUND_MS) violated(`${which} began ${stop} ms after the stop`);
      if (close > BOUND_MS) violated(`${which} began ${close} ms after its run was ${judge.ledger.runs.get(call.run)?.header.st}`);
    });
  },
};
