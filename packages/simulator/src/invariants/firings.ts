import type { Workflow, WorkflowSchedule } from "@qmoi/config";
import { type Item, nextOccurrence, nominalKey, type Position, parseSchedule } from "@qmoi/core";
import type { HeaderItem } from "@qmoi/runtime";
import type { Invariant, Judge } from "../judge.ts";
import { hasEnded, type RunRecord } from "../ledger.ts";

interface FiringItem extends Item {
  readonly d: "fired" | "queued" | "skipped";
  readonly run?: string;
}

/** Nominal times later than this before the end may still be under decision. */
const DECIDED_MS = 130_000;

const scheduleOf = (judge: Judge, name: string): { workflow: Workflow; schedule: WorkflowSchedule } | undefined => {
  const [workflow, which] = name.split("/") as [string, string];
  const found = judge.scheduled.get(workflow)?.workflow;
  const schedule = found?.schedules?.find((one) => (one.name ?? "default") === which);
  return found && schedule ? { workflow: found, schedule } : undefined;
};

export const firedOnce: Invariant = {
  name: "fired-once",
  sentence:
    "Each nominal time of a schedule has one record, whose decision stands; a run of a schedule has a record that names it, and each record that fired has its run.",
  watch: (judge, violated) => {
    const recorded = new Map<string, FiringItem>();
    judge.on("commit", ({ key, item, old }) => {
      if (!key.pk.startsWith("S#") || !key.sk.startsWith("N#")) return;
      const [now, before] = [item as FiringItem | undefined, old as FiringItem | undefined];
      // From before the world began.
      if (!now && !recorded.has(`${key.pk}|${key.sk}`)) return;
      if (!now || before) return violated(`${key.pk}/${key.sk} was ${before?.d} and is ${now?.d ?? "gone"}`);
      recorded.set(`${key.pk}|${key.sk}`, now);
    });
    judge.on("header", ({ run, old, item }) => {
      if (old || item.sch === undefined) return;
      const known = [...recorded.values()].filter((record) => record.pk === `S#${item.sch}` && record.run === run.run);
      if (known.length !== 1) violated(`run ${run.run} of schedule ${item.sch} has ${known.length} records`);
    });
    judge.on("end", () => {
      for (const { workflow, publishedAt, until } of judge.scheduled.values()) {
        for (const schedule of workflow.schedules ?? []) {
          const pk = `S#${workflow.name}/${schedule.name ?? "default"}`;
          const parsed = parseSchedule(schedule.expression, schedule.timezone, { anchor: publishedAt });
          let at: Position = publishedAt;
          for (let next = nextOccurrence(parsed, at); next && next.at <= until - DECIDED_MS; next = nextOccurrence(parsed, at)) {
            at = next;
            const record = recorded.get(`${pk}|N#${nominalKey(next)}`);
            if (!record) return violated(`${pk} has no record of ${nominalKey(next)}`);
            // A schedule that was disabled keeps what is queued for when it is enabled again.
            const queued = (judge.store.peek({ pk, sk: "CURSOR" })?.queued ?? []) as readonly string[];
            if (record.d !== "skipped" && !judge.ledger.runs.has(record.run as string) && !queued.includes(record.run as string))
              return violated(`${pk} ${record.sk} says ${record.d}, and its run ${record.run} does not exist`);
          }
        }
      }
    });
  },
};

export const overlapPolicyHeld: Invariant = {
  name: "overlap-policy-held",
  sentence:
    "A schedule that skips or queues never has two runs going at the same time; one that replaces has begun to cancel the earlier one.",
  watch: (judge, violated) =>
    judge.on("header", ({ run, old, item }) => {
      if (old || item.sch === undefined) return;
      const policy = scheduleOf(judge, item.sch)?.schedule.overlap;
      if (policy === undefined || policy === "allow") return;
      const going = (other: RunRecord): boolean => !hasEnded(other.header) && !(policy === "cancel-running" && stops(other.header));
      for (const other of judge.ledger.runs.values())
        if (other !== run && other.header.sch === item.sch && going(other) && other.redrives === 0)
          return violated(`run ${run.run} of ${item.sch} (${policy}) began while ${other.run} is ${other.header.st}`);
    }),
};

const stops = (header: HeaderItem): boolean => header.st === "cancelling";
