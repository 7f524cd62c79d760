import { type Release, versionChanges } from "@qmoi/core";
import type { CommandView, Evidence, Start } from "./command.ts";
import { hasCommandEnded } from "./command.ts";
import { moduleRuns, sameControl } from "./control.ts";

/** One thing that was looked at, and whether it is as the command's evidence says. */
export interface Check {
  readonly check: string;
  readonly holds: boolean;
  readonly found: string;
}

/** What the checks go by, read anew. */
export interface Witnesses {
  /** Latest start up to the command's change of what may start, and the first after it, from the history. */
  readonly lastStartBefore: Start | null;
  readonly firstStartAfter: Start | null;
  /** Starts later than the bound after a stop, or after a start was taken back, and before that was lifted. */
  readonly lateStarts: readonly Start[];
  /** Outcomes that the audit has of the command. */
  readonly audited: readonly { readonly action: string; readonly who: string; readonly outcome: string }[];
  readonly auditWhole: boolean;
  /** Epoch of the control item now. */
  readonly epoch: number;
  /** What each module of an update runs now; undefined where a later update, or anybody else, may have moved it. */
  readonly running?: Readonly<Record<string, Release>>;
  /** Whether the backup of the evidence exists and is whole; undefined where there is none in it. */
  readonly backupHolds?: boolean;
}

/** The design's bound: no effect begins later than this after the write that stops. */
export const STOP_BOUND_MS = 500;

const told = (start: Start | null): string =>
  start ? `${start.task} of run ${start.run}, attempt ${start.attempt}, at ${start.at}` : "none";

/** Checks a finished command's evidence against what the history and the audit say. */
export const checkEvidence = (view: CommandView, evidence: Evidence, seen: Witnesses): readonly Check[] => {
  const outcome = view.state === "succeeded" ? "done" : view.state === "refused" ? "refused" : "failed";
  const ends = seen.audited.filter(({ action }) => action === `command.${view.command}`);
  const checks: Check[] = [
    { check: "the command has ended", holds: hasCommandEnded(view.state), found: view.state },
    {
      check: "the audit has its acceptance and its end",
      holds: ends.length >= 2 && ends.some((one) => one.outcome === outcome && one.who === view.who),
      found: ends.map((one) => `${one.outcome} by ${one.who}`).join(", ") || "nothing",
    },
    { check: "the audit is whole", holds: seen.auditWhole, found: seen.auditWhole ? "whole" : "see `qmoi audit verify`" },
    { check: "the epoch has not gone back", holds: seen.epoch >= evidence.epoch, found: `${evidence.epoch}, now ${seen.epoch}` },
    {
      check: "each step has ended",
      holds: evidence.steps.every(({ status, endedAt }) => status !== "running" && endedAt !== undefined),
      found: `${evidence.steps.length} steps`,
    },
  ];
  if (view.state === "succeeded" && view.plan) {
    const done = new Set(evidence.steps.flatMap((one) => (one.step === "act" && one.status === "done" ? [one.module] : [])));
    const missing = view.plan.waves.flat().filter((module) => !done.has(module));
    checks.push({ check: "each module of the plan is done", holds: missing.length === 0, found: missing.join(", ") || "all" });
  }
  if (view.state === "compensated")
    checks.push({
      check: "what may start is as it was before",
      holds: sameControl(evidence.control.before, evidence.control.after),
      found: JSON.stringify(evidence.control.after),
    });
  if (evidence.controlAt !== undefined) checks.push(...startChecks(evidence, seen));
  if (seen.running) checks.push(versionCheck(view, evidence, seen.running));
  if (seen.backupHolds !== undefined)
    checks.push({ check: "the backup is whole", holds: seen.backupHolds, found: String(evidence.backup) });
  return checks;
};

/** What was updated runs what it was moved to; what was moved back, what it ran before. */
const versionCheck = ({ state }: CommandView, { steps }: Evidence, running: Readonly<Record<string, Release>>): Check => {
  const others = steps.flatMap(({ step, module = "", before, after }) => {
    const { version } = ((state === "succeeded" ? after : before) ?? {}) as { readonly version?: Release };
    return step !== "act" || !version ? [] : versionChanges(version, running[module] ?? {});
  });
  const found = others.map(({ name, from, to }) => `${name} is at ${to}, not ${from}`).join(", ");
  return { check: "each module runs the versions of the evidence", holds: others.length === 0, found: found || "all" };
};

const startChecks = (evidence: Evidence, seen: Witnesses): readonly Check[] => [
  {
    check: "the last start before it is the history's",
    holds: same(evidence.lastStartBefore, seen.lastStartBefore),
    found: told(seen.lastStartBefore),
  },
  {
    // Where nothing had started yet when the evidence was written, any later start agrees with it.
    check: "the first start after it is the history's",
    holds: evidence.firstStartAfter === null || same(evidence.firstStartAfter, seen.firstStartAfter),
    found: told(seen.firstStartAfter),
  },
  ...(!moduleRuns(evidence.control.after, "advanced-automation")
    ? [
        {
          check: `nothing started later than ${STOP_BOUND_MS} ms after the stop, until it was lifted`,
          holds: seen.lateStarts.length === 0,
          found: seen.lateStarts.length === 0 ? "nothing" : seen.lateStarts.map((start) => told(start)).join("; "),
        },
      ]
    : []),
];

const same = (a: Start | null, b: Start | null): boolean =>
  a === null || b === null ? a === b : a.run === b.run && a.task === b.task && a.attempt === b.attempt && a.at === b.at;
