import type { Json, JsonObject } from "@qmoi/core";
import {
  type CommandPlan,
  type CommandState,
  controlOf,
  type Evidence,
  hasCommandEnded,
  OPEN,
  type StepFailure,
  type StepRecord,
} from "@qmoi/master-automation";
import { STOP_BOUND_MS } from "@qmoi/master-automation/commands";
import { readControl } from "./change-control.ts";
import { actorOf, type CommandItem, idOf } from "./command-item.ts";
import type { CommandStore } from "./command-store.ts";
import type { CommandParts } from "./parts.ts";
import { runningAttempts } from "./running-attempts.ts";
import { startsAround } from "./starts.ts";
import type { StepAnswer } from "./steps.ts";

/** Ends commands: gathers the evidence, stores it, tells the audit, and lets the next command run. Safe to repeat. */
export class Recorder {
  readonly #parts: CommandParts;
  readonly #store: CommandStore;

  constructor(parts: CommandParts, store: CommandStore) {
    this.#parts = parts;
    this.#store = store;
  }

  async record(item: CommandItem, outcome: "succeeded" | "compensated" | "refused", failure?: StepFailure): Promise<StepAnswer> {
    const id = idOf(item.pk);
    const repeated = hasCommandEnded(item.st);
    const ended = repeated ? item : await this.#ended(item, outcome, failure);
    // The audit first: whoever sees that a command has ended finds its end there.
    if (!(await this.#isTold(ended))) await this.#tell(ended);
    const { st, ea = 0, ev } = ended;
    if (!repeated) await this.#store.change(id, (now) => endOf(now, st, ea, ev as Evidence, failure));
    const active = await this.#store.active();
    if (active?.id === id) await this.#store.setActive(active, "");
    return { status: "done", failure: failure ?? { Error: "none", Cause: "none" }, evidence: id };
  }

  /** Says in the log that a command is about to be recorded as done: for people, and for whoever listens to it. */
  async announce(item: CommandItem): Promise<StepAnswer> {
    const { logger } = this.#parts.engine.ports;
    logger.log("info", "command carried out", { command: item.n, id: idOf(item.pk), who: item.who });
    return { status: "done", failure: { Error: "none", Cause: "none" }, announced: true };
  }

  async #ended(
    item: CommandItem,
    outcome: "succeeded" | "compensated" | "refused",
    failure: StepFailure | undefined,
  ): Promise<CommandItem> {
    const steps = await this.#store.steps(idOf(item.pk));
    const state: CommandState = outcome === "compensated" && !isUndone(steps, failure) ? "failed" : outcome;
    const ev = await this.evidence(item, steps);
    return endOf(item, state, this.#parts.engine.ports.clock.now(), ev, failure);
  }

  async evidence(item: CommandItem, steps: readonly StepRecord[]): Promise<Evidence> {
    const { engine } = this.#parts;
    const control = await readControl(engine.ports);
    const moment = controlMoment(item, steps);
    const starts = moment && (await startsAround(engine, moment));
    const plan = item.plan as CommandPlan | undefined;
    const now = engine.ports.clock.now();
    const backup = backupOf(item, steps);
    const report = reportOf(item, steps);
    return {
      epoch: control?.epoch ?? 0,
      control: { before: plan?.control ?? OPEN, after: controlOf(control) },
      ...(moment ? { controlAt: moment.at } : {}),
      lastStartBefore: starts?.before ?? null,
      firstStartAfter: starts?.after ?? null,
      steps,
      ...(backup === undefined ? {} : { backup }),
      queuedMs: (item.sa ?? now) - item.ca,
      ranMs: now - (item.sa ?? now),
      stillRunning: (await runningAttempts(engine)).running.length,
      ...(report === undefined ? {} : { report }),
    };
  }

  async #isTold(item: CommandItem): Promise<boolean> {
    const records = await this.#parts.lookup.find(idOf(item.pk), item.ca);
    return records.filter(({ action }) => action === `command.${item.n}`).length > 1;
  }

  async #tell(item: CommandItem): Promise<void> {
    await this.#parts.audit.append({ ...auditOf(item), ...endedAudit(item) });
  }
}

/** Who did what, as the audit has it. */
export const auditOf = (item: CommandItem) => {
  const { who, from, requestId, reason } = actorOf(item);
  return {
    action: `command.${item.n}`,
    subject: idOf(item.pk),
    who: who.id,
    ...(from === undefined ? {} : { from }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(reason === undefined ? {} : { reason }),
  };
};

export const endedAudit = (item: CommandItem) => {
  const { st, ev, f } = item;
  const outcome = st === "succeeded" ? ("done" as const) : st === "refused" ? ("refused" as const) : ("failed" as const);
  const evidence = ev as Evidence | undefined;
  const after: JsonObject = {
    state: st,
    epoch: evidence?.epoch ?? null,
    control: (evidence?.control.after ?? null) as Json,
    ...(f ? { failure: f } : {}),
  };
  return { outcome, before: { control: (evidence?.control.before ?? null) as Json }, after };
};

/** The command as ended: out of the queue, with its evidence. */
export const endOf = (now: CommandItem, st: CommandState, at: number, ev: Evidence, failure: StepFailure | undefined): CommandItem => {
  const { i2p: _p, i2s: _s, ...rest } = now;
  return {
    ...rest,
    st,
    sa: now.sa ?? at,
    ea: at,
    ev: ev as CommandItem["ev"] & object,
    ...(failure && failure.Error !== "none" ? { f: failure as CommandItem["f"] & object } : {}),
  } as CommandItem;
};

const isUndone = (steps: readonly StepRecord[], failure: StepFailure | undefined): boolean =>
  failure?.Error !== "QMOI_COMMAND_OVERTAKEN" &&
  steps.every(
    (act) => act.step !== "act" || steps.some((undo) => isUndoOf(undo, act) && (undo.status === "done" || undo.status === "skipped")),
  );

const isUndoOf = ({ step, wave, module }: StepRecord, act: StepRecord): boolean =>
  step === "undo" && wave === act.wave && module === act.module;

/** When the command changed what tasks may start, and what counts as before it. */
export const controlMoment = (item: CommandItem, steps: readonly StepRecord[]) => {
  const act = steps.find(({ step, module, after }) => step === "act" && module === "advanced-automation" && hasTime(after));
  if (!act || !/^(start|stop)_/.test(item.n)) return undefined;
  const { at, seq } = act.after as { readonly at: number; readonly seq?: number };
  return { at, bound: item.n.startsWith("stop_") ? STOP_BOUND_MS : 0, ...(seq === undefined ? {} : { seq }) };
};

const hasTime = (after: Json | undefined): boolean => typeof (after as { readonly at?: unknown } | null | undefined)?.at === "number";

const backupOf = (item: CommandItem, steps: readonly StepRecord[]): string | undefined => {
  const step = steps.find((one) => one.step === "backup" && one.status === "done");
  const own = steps.find((one) => one.step === "act" && one.status === "done");
  const from = (step ?? (item.n === "backup_system" || item.n === "restore_system" ? own : undefined))?.after as
    | { readonly backup?: string; readonly before?: string }
    | undefined;
  return item.n === "restore_system" ? from?.before : from?.backup;
};

const reportOf = (item: CommandItem, steps: readonly StepRecord[]): Json | undefined => {
  const acts = steps.filter(({ step, after }) => step === "act" && after !== undefined);
  if (acts.length === 0) return undefined;
  switch (item.n) {
    case "run_health_check":
      return { findings: acts.flatMap(({ after }) => after as readonly Json[]) };
    case "optimize_system":
      return { optimizations: Object.fromEntries(acts.map(({ module = "", after = null }) => [module, after])) };
    case "update_system":
      return { modules: Object.fromEntries(acts.map(({ module = "", before = null, after = null }) => [module, { before, after }])) };
    case "backup_system":
    case "restore_system":
      return acts[0]?.after;
    default:
      return undefined;
  }
};
