import type { ModuleName } from "@qmoi/config";
import type { Json, QmoiError } from "@qmoi/core";
import {
  type CommandParameters,
  type CommandPlan,
  controlOf,
  moduleRuns,
  NO_FAILURE,
  type PlanFacts,
  type StepFailure,
  type StepRecord,
} from "@qmoi/master-automation";
import { planCommand } from "@qmoi/master-automation/commands";
import type { BackupProgress } from "../backup/backups.ts";
import { isTransient } from "../retrying.ts";
import { type Acted, Acts, isOurs, overtaken, type Task } from "./acts.ts";
import { readControl } from "./change-control.ts";
import { type CommandItem, idOf, type StepItem } from "./command-item.ts";
import { CommandStore } from "./command-store.ts";
import { moduleFinding } from "./module-finding.ts";
import type { CommandParts } from "./parts.ts";
import { Recorder } from "./recorder.ts";

/** What the state machine passes to a step. */
export type StepEvent =
  | { readonly step: "plan" | "backup" | "announce"; readonly commandId: string }
  | {
      readonly step: "act" | "poll" | "undo";
      readonly commandId: string;
      readonly i: number;
      readonly module: { readonly id: string };
      readonly polls?: number;
    }
  | { readonly step: "verify"; readonly commandId: string; readonly i: number; readonly results: readonly WaveResult[] }
  | {
      readonly step: "record";
      readonly commandId: string;
      readonly outcome: "succeeded" | "compensated" | "refused";
      readonly failure?: StepFailure;
    };

export interface WaveResult {
  readonly id: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly cause?: string;
}

/** What it gets back. Every key that the machine selects is always there; a decided failure is data, a throw means "try again". */
export interface StepAnswer {
  readonly status: "done" | "running" | "failed" | "skipped";
  readonly failure: StepFailure;
  readonly [key: string]: unknown;
}

const done = (more: object = {}): StepAnswer => ({ status: "done", failure: NO_FAILURE, ...more });
const failed = (failure: StepFailure, more: object = {}): StepAnswer => ({ status: "failed", failure, ...more });

/** An error that trying again won't change, as the machine takes it. What may pass is thrown on. */
const decided = (error: unknown): StepFailure => {
  if (isTransient(error) || !(error instanceof Error)) throw error;
  const { code } = error as Partial<QmoiError>;
  return { Error: code ?? "QMOI_INTERNAL", Cause: error.message };
};

/**
 * The steps of the state machine. Each is recorded, begun and ended, under the command: a step that has ended is answered from its record,
 * so an execution that is started again after a crash goes on where it was.
 */
export class Steps {
  readonly #parts: CommandParts;
  readonly #store: CommandStore;
  readonly #acts: Acts;
  readonly #recorder: Recorder;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#store = new CommandStore(parts.engine.ports);
    this.#acts = new Acts(parts);
    this.#recorder = new Recorder(parts, this.#store);
  }

  /** How far a backup or restore of a command has come, if it is under way here. */
  progressOf(command: string): BackupProgress | undefined {
    return this.#acts.progress.get(command);
  }

  async step(event: StepEvent): Promise<StepAnswer> {
    const item = await this.#store.get(event.commandId);
    switch (event.step) {
      case "plan":
        return this.#plan(item);
      case "backup":
        return this.#once(item, { step: "backup", wave: -1 }, "backup", async () => {
          const { id } = await this.#acts.backup(item, "command");
          return { status: "done", after: { backup: id } };
        });
      case "act":
      case "poll":
        return this.#act(item, event.i, event.module.id as ModuleName, event.polls ?? 0);
      case "verify":
        return this.#verify(item, event.i, event.results);
      case "undo":
        return this.#undo(item, event.i, event.module.id as ModuleName);
      case "record":
        return this.#recorder.record(item, event.outcome, event.failure);
      case "announce":
        return this.#recorder.announce(item);
    }
  }

  async #plan(item: CommandItem): Promise<StepAnswer> {
    if (item.plan) return planned(item.plan as CommandPlan);
    const result = planCommand(item.n, item.p as CommandParameters, await this.planFacts(item.why));
    if ("refusal" in result) return failed(result.refusal, { waves: [], needsBackup: false, poll: { seconds: 1, max: 1 } });
    const stored = await this.#store.change(idOf(item.pk), (now) =>
      now.plan
        ? now
        : { ...now, st: "running", sa: now.sa ?? this.#parts.engine.ports.clock.now(), plan: result.plan as CommandItem["plan"] & object },
    );
    return planned((stored.plan ?? result.plan) as CommandPlan);
  }

  /** What a plan goes by, read now. */
  async planFacts(reason: string | undefined): Promise<PlanFacts> {
    const { engine, modules, settings, backups } = this.#parts;
    const control = await readControl(engine.ports);
    return {
      ...settings(),
      keepsBackups: backups !== undefined,
      optimizes: new Set(modules.names.filter((name) => modules.get(name)?.optimize !== undefined)),
      epoch: control?.epoch ?? 0,
      control: controlOf(control),
      emergency: control?.emergency === true && control.mode === "stopped",
      ...(reason === undefined ? {} : { reason }),
    };
  }

  #act(item: CommandItem, wave: number, module: ModuleName, polls: number): Promise<StepAnswer> {
    const plan = planOf(item);
    const task = { item, plan, module, last: polls + 1 >= plan.poll.max };
    return this.#once(
      item,
      { step: "act", wave, module },
      `act#${wave}#${module}`,
      (before) => this.#acts.act({ ...task, ...(before === undefined ? {} : { before }) }),
      { before: () => this.#acts.before(task) },
    );
  }

  #verify(item: CommandItem, wave: number, results: readonly WaveResult[]): Promise<StepAnswer> {
    return this.#once(item, { step: "verify", wave }, `verify#${wave}`, async () => {
      const bad = results.find(({ ok }) => !ok);
      if (bad) throw new StepFailed(bad.error ?? "QMOI_INTERNAL", `${bad.id}: ${bad.cause ?? "it failed"}`);
      return { status: "done", after: await this.#health(item, wave) };
    });
  }

  /** After a wave that starts or updates modules, each must say that it is well. */
  async #health(item: CommandItem, wave: number): Promise<Json> {
    if (!this.#parts.settings().verifiesHealth || !["start_all_modules", "start_module", "update_system"].includes(item.n)) return {};
    const modules = planOf(item).waves[wave] ?? [];
    if (item.n === "update_system") await Promise.all(modules.map((module) => this.#parts.releases.ask?.(module)));
    const control = await readControl(this.#parts.engine.ports);
    const findings = await Promise.all(
      modules.filter((module) => moduleRuns(control, module)).map((module) => moduleFinding(this.#parts, module)),
    );
    const unwell = findings.find(({ severity }) => severity === "critical");
    if (unwell) throw new StepFailed("QMOI_MODULE_UNHEALTHY", unwell.text);
    return { healthy: findings.map(({ evidence }) => evidence.module ?? null) };
  }

  async #undo(item: CommandItem, wave: number, module: ModuleName): Promise<StepAnswer> {
    const act = (await this.#store.step(idOf(item.pk), `act#${wave}#${module}`))?.d as StepRecord | undefined;
    const task: Task = { item, plan: planOf(item), module, last: true, ...(act?.before === undefined ? {} : { before: act.before }) };
    return this.#once(
      item,
      { step: "undo", wave, module },
      `undo#${wave}#${module}`,
      async () => ({ status: "done", after: { undone: (await this.#acts.undo(task)) === "done" } }),
      { checked: false },
    );
  }

  /** Does a step unless its record says that it has ended, and records how. `checked`: only while nobody else has changed what may start. */
  async #once(
    item: CommandItem,
    what: Pick<StepRecord, "step" | "wave" | "module">,
    key: string,
    work: (before: Json | undefined) => Promise<Acted>,
    {
      checked = true,
      before = async () => undefined,
    }: { readonly checked?: boolean; readonly before?: () => Promise<Json | undefined> } = {},
  ): Promise<StepAnswer> {
    const id = idOf(item.pk);
    const { clock } = this.#parts.engine.ports;
    let stored = await this.#store.step(id, key);
    if (stored && stored.d.status !== "running") return answerOf(stored);
    if (!stored) {
      const seen = await before();
      const begin: StepRecord = { ...what, status: "running", startedAt: clock.now(), ...(seen === undefined ? {} : { before: seen }) };
      stored = await this.#store.putStep(id, key, undefined, begin);
    }
    const begun = stored.d as StepRecord;
    if (begun.status !== "running") return answerOf(stored);
    let ended: StepRecord;
    try {
      // A restore changes what may start by itself.
      if (checked && item.n !== "restore_system" && !isOurs(await readControl(this.#parts.engine.ports), { plan: planOf(item) }, id))
        throw overtaken();
      const acted = await work(begun.before);
      ended = { ...begun, ...acted, ...(acted.status === "running" ? {} : { endedAt: clock.now() }) };
    } catch (error) {
      ended = { ...begun, status: "failed", endedAt: clock.now(), failure: decided(error) };
    }
    return answerOf(await this.#store.putStep(id, key, stored, ended));
  }
}

/** A failure with the name that the machine had for it. */
class StepFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const planOf = (item: CommandItem): CommandPlan => {
  if (!item.plan) throw new Error(`command ${idOf(item.pk)} has no plan`);
  return item.plan as CommandPlan;
};

/** Modules travel as objects: the machine must not pass bare values to a function. */
const planned = ({ waves, needsBackup, poll }: CommandPlan): StepAnswer =>
  done({ waves: waves.map((wave) => wave.map((id) => ({ id }))), needsBackup, poll });

const answerOf = ({ d }: StepItem): StepAnswer => {
  const { status, failure } = d as StepRecord;
  return { status, failure: failure ?? NO_FAILURE };
};
