import { type Actor, type Json, type JsonObject, QmoiError, sleep } from "@qmoi/core";
import {
  type CommandParameters,
  type CommandView,
  controlOf,
  type Evidence,
  hasCommandEnded,
  type MasterCommand,
  redactText,
  stopEverything,
} from "@qmoi/master-automation";
import { COMMANDS, STOP_BOUND_MS } from "@qmoi/master-automation/commands";
import type { ControlItem } from "../items.ts";
import { runId } from "../run-starter.ts";
import { type ControlPorts, changeControl, readControl } from "./change-control.ts";
import { type CommandItem, commandIdOfKey, commandKeys, commandView, idOf, indexKeys, refuseOther, requestHash } from "./command-item.ts";
import type { CommandStore } from "./command-store.ts";
import type { CommandParts } from "./parts.ts";
import { auditOf, endedAudit, endOf } from "./recorder.ts";
import { runningAttempts } from "./running-attempts.ts";
import { startsAround } from "./starts.ts";

/** Cancelled work is waited for at most so long before the evidence says what still runs. */
const CANCEL_MS = 30_000;
const LOOK_MS = 50;

export interface StopRequest {
  readonly id: string;
  readonly who: string;
  readonly reason?: string;
  readonly discard: boolean;
  readonly rq?: string;
}

export const emergencyDisabled = (): QmoiError =>
  new QmoiError("QMOI_COMMAND_DISABLED", "emergency_stop_enabled is false in master_automation_config.json.");

/** The one write. Needs rights on the table and nothing else: no server, no queue, no plan. */
export const emergencyStop = async (ports: ControlPorts, { id, who, reason, discard, rq }: StopRequest): Promise<ControlItem> =>
  (await changeControl(ports, {
    apply: (control) => stopEverything(control, discard),
    by: id,
    who,
    emergency: true,
    ...(rq === undefined ? {} : { rq }),
    ...(reason === undefined ? {} : { reason: redactText(reason) }),
  })) as ControlItem;

/** Emergency stops: the write first, everything else afterwards. */
export class EmergencyStops {
  readonly #parts: CommandParts;
  readonly #store: CommandStore;

  constructor(parts: CommandParts, store: CommandStore) {
    this.#parts = parts;
    this.#store = store;
  }

  async stop(
    command: MasterCommand,
    parameters: CommandParameters,
    { who, from, requestId }: Actor,
    confirmed: () => Promise<void>,
  ): Promise<CommandView & { readonly created: boolean }> {
    const { engine, settings } = this.#parts;
    const { clock, random } = engine.ports;
    const { reason, idempotencyKey, priority = COMMANDS.emergency_stop.priority } = command;
    if (!settings().emergencyEnabled) throw emergencyDisabled();
    const id = idempotencyKey === undefined ? `c${runId(clock.now(), random.id())}` : commandIdOfKey(who.id, idempotencyKey);
    const known = idempotencyKey === undefined ? undefined : await this.#store.find(id);
    const rq = requestHash("emergency_stop", parameters as Json, priority, reason);
    if (known) {
      // A key that stands for something else is told at once: whoever believes that all is stopped must not be wrong.
      refuseOther(known, rq);
      return { ...commandView(known, []), created: false };
    }
    await confirmed();
    const before = await readControl(engine.ports);
    const discard = parameters.discard === true;
    const control = await emergencyStop(engine.ports, { id, who: who.id, discard, rq, ...(reason === undefined ? {} : { reason }) });
    const item = itemOf(control, id, before, {
      ...(from === undefined ? {} : { from }),
      ...(requestId === undefined ? {} : { rid: requestId }),
    });
    const { item: stored, created } = await this.#accept(item);
    // Two asked at the same time with one key: both have stopped everything, and one of them has the record.
    refuseOther(stored, rq);
    void this.#settleOne(item).catch((error) => engine.ports.logger.log("warn", "emergency stop's evidence waits for the tick", { error }));
    return { ...commandView(stored, []), created };
  }

  /** Writes down emergency stops that were made by their write alone, and ends those whose evidence is complete. */
  async settle(): Promise<void> {
    const control = await readControl(this.#parts.engine.ports);
    if (control?.emergency && control.mode === "stopped" && control.by !== undefined && !(await this.#store.find(control.by)))
      await this.#accept(itemOf(control, control.by, undefined, {}));
    for (const item of await this.#store.open()) if (item.n === "emergency_stop") await this.#settleOne(item);
  }

  async #accept(item: CommandItem): Promise<{ readonly item: CommandItem; readonly created: boolean }> {
    const accepted = await this.#store.create(item);
    // Appended later: nothing about the audit may delay the stop, or its answer.
    if (accepted.created) this.#parts.audit.later({ ...auditOf(item), outcome: "done", after: { state: "running", parameters: item.p } });
    return accepted;
  }

  /** Once nothing can start any more and cancelled work has ended, what happened is final. */
  async #settleOne(item: CommandItem): Promise<void> {
    const { engine, audit, lookup } = this.#parts;
    const { clock } = engine.ports;
    const plan = item.plan as unknown as {
      readonly control: Evidence["control"]["before"];
      readonly epoch: number;
      readonly at: number;
      readonly seq?: number;
    };
    const discard = (item.p as CommandParameters).discard === true;
    // Settings of clocks aside, a little more than the bound: a start is stored when it has an answer.
    for (const until = plan.at + STOP_BOUND_MS + LOOK_MS; clock.now() < until; ) await sleep(clock, Math.min(LOOK_MS, until - clock.now()));
    for (const until = clock.monotonic() + CANCEL_MS; discard && clock.monotonic() < until; await sleep(clock, LOOK_MS))
      if ((await runningAttempts(engine)).running.length === 0) break;
    const moment = { at: plan.at, bound: STOP_BOUND_MS, ...(plan.seq === undefined ? {} : { seq: plan.seq }) };
    const { before, after } = await startsAround(engine, moment);
    const control = await readControl(engine.ports);
    const now = clock.now();
    const ev: Evidence = {
      epoch: plan.epoch,
      controlAt: plan.at,
      control: { before: plan.control, after: control?.by === idOf(item.pk) ? controlOf(control) : stopEverything(plan.control, discard) },
      lastStartBefore: before,
      firstStartAfter: after,
      steps: [],
      queuedMs: 0,
      ranMs: now - plan.at,
      stillRunning: (await runningAttempts(engine)).running.length,
    };
    const fresh = await this.#store.get(idOf(item.pk));
    if (hasCommandEnded(fresh.st)) return;
    // The audit first: what has ended is not looked at again, wherever this process dies.
    const ended = endOf(fresh, "succeeded", now, ev, undefined);
    const told = async (): Promise<number> =>
      (await lookup.find(idOf(item.pk), item.ca)).filter(({ action }) => action === "command.emergency_stop").length;
    if ((await told()) < 2) await audit.append({ ...auditOf(ended), ...endedAudit(ended) });
    // A process that died may have taken the acceptance with it, which was only to be told later.
    if ((await told()) < 2) await audit.append({ ...auditOf(item), outcome: "done", after: { state: "running", parameters: item.p } });
    await this.#store.change(idOf(item.pk), (one) => endOf(one, "succeeded", now, ev, undefined));
  }
}

/** The command as the control item tells it: whatever else is lost, this is known. */
const itemOf = (control: ControlItem, id: string, before: ControlItem | undefined, more: Partial<CommandItem>): CommandItem => ({
  ...commandKeys.header(id),
  ...indexKeys(id, COMMANDS.emergency_stop.priority, control.at),
  v: 1,
  n: "emergency_stop",
  p: { discard: control.discard === true } as JsonObject,
  pr: COMMANDS.emergency_stop.priority,
  st: "running",
  who: control.who ?? "local",
  ca: control.at,
  sa: control.at,
  plan: {
    waves: [],
    needsBackup: false,
    poll: { seconds: 1, max: 1 },
    epoch: control.epoch,
    control: controlOf(before),
    at: control.at,
    ...(control.cs === undefined ? {} : { seq: control.cs }),
  } as unknown as CommandItem["plan"] & object,
  rq: control.rq ?? requestHash("emergency_stop", { discard: control.discard === true }, COMMANDS.emergency_stop.priority, control.reason),
  ...(control.reason === undefined ? {} : { why: control.reason }),
  ...more,
});
