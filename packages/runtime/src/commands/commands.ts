import { type Actor, type Json, type JsonObject, type Page, QmoiError, roleAllows } from "@qmoi/core";
import {
  COMMAND_NAMES,
  type CommandName,
  type CommandParameters,
  type CommandView,
  type Control,
  controlOf,
  hasCommandEnded,
  type MasterCommand,
} from "@qmoi/master-automation";
import { COMMANDS, confirmationToken, irreversibleOf, isConfirmed, needsConfirmation, planCommand } from "@qmoi/master-automation/commands";
import type { PageRequest } from "../control-plane.ts";
import type { SystemModule } from "../modules.ts";
import { runId } from "../run-starter.ts";
import { readControl } from "./change-control.ts";
import { detailsOf } from "./command-details.ts";
import {
  type CommandItem,
  commandIdOfKey,
  commandKeys,
  commandView,
  idOf,
  indexKeys,
  refuseOther,
  requestHash,
  withoutSecrets,
} from "./command-item.ts";
import type { CommandPreview } from "./command-preview.ts";
import { CommandStore } from "./command-store.ts";
import { EmergencyStops } from "./emergency-stops.ts";
import { ModuleRules } from "./module-rules.ts";
import type { CommandParts, Executor } from "./parts.ts";
import { auditOf } from "./recorder.ts";
import { impactOf } from "./running-attempts.ts";
import { Steps } from "./steps.ts";
import type { VerifiedCommand } from "./verify-command.ts";

/** The state of the whole system, shown with each answer until it is lifted. */
export interface SystemState extends Control {
  readonly epoch: number;
  readonly emergency: boolean;
  readonly reason?: string;
  readonly who?: string;
  readonly at?: number;
}

/** Takes commands, queues them by priority, and has one at a time carried out. All rejections are QmoiErrors. */
export class Commands {
  readonly steps: Steps;
  readonly #parts: CommandParts;
  readonly #store: CommandStore;
  readonly #emergency: EmergencyStops;
  #executor: Executor | undefined;
  #passing: Promise<void> | undefined;
  #again = false;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.steps = new Steps(parts);
    this.#store = new CommandStore(parts.engine.ports);
    this.#emergency = new EmergencyStops(parts, this.#store);
  }

  /** From now on commands are carried out here. */
  async work(executor: Executor): Promise<void> {
    this.#executor = executor;
    await this.pass();
  }

  /**
   * Accepts a command; the same idempotency key with the same command gives the one that was accepted first. Errors: QMOI_INVALID_INPUT,
   * QMOI_FORBIDDEN, QMOI_CONFIRMATION_REQUIRED, QMOI_COMMAND_DISABLED, QMOI_IDEMPOTENCY_MISMATCH.
   */
  async submit(given: MasterCommand, actor: Actor): Promise<CommandView & { readonly created: boolean }> {
    const command = withoutSecrets(given);
    const parameters = await this.#checked(command, actor);
    // An emergency stop waits for nothing, its confirmation apart.
    if (command.command === "emergency_stop")
      return this.#emergency.stop(command, parameters, actor, () => this.#confirmed(command, parameters, actor));
    await this.#confirmed(command, parameters, actor);
    const item = this.#itemOf(command, parameters, actor);
    // The audit first: a command that is stored has its acceptance there, wherever this process dies.
    if (command.idempotencyKey === undefined || !(await this.#store.find(idOf(item.pk))))
      await this.#parts.audit.append({ ...auditOf(item), outcome: "done", after: { state: "queued", parameters: item.p } });
    const { item: stored, created } = await this.#store.create(item);
    refuseOther(stored, item.rq);
    this.#soon();
    return { ...commandView(stored, []), created };
  }

  /** What the master sees to beside commands: modules are woken that may work, and what has not happened is told in figures. */
  async watch(): Promise<void> {
    const { tellVitals } = await import("./vitals.ts");
    await Promise.all([new ModuleRules(this.#parts).settle(), tellVitals(this.#parts)]);
  }

  /** This part of the system as a module: master-automation. */
  get module(): SystemModule {
    return {
      name: "master-automation",
      tick: async () => {
        await this.pass();
        await this.watch();
      },
      health: async () => ({ open: (await this.#store.open()).length }),
    };
  }

  /** What the command would do, without doing it. */
  async preview(command: MasterCommand, actor: Actor): Promise<CommandPreview> {
    const parameters = await this.#checked(command, actor);
    const { engine } = this.#parts;
    const { command: name } = command;
    const planned = await this.#plan(name, parameters, command.reason);
    const plan = "plan" in planned ? planned.plan : undefined;
    const stops = name === "stop_all_modules" || name === "emergency_stop" || name === "restore_system" || name === "update_system";
    const reaches = stops || (plan?.waves.flat().includes("advanced-automation") && name === "stop_module");
    const { drain, ...affected } = reaches ? await impactOf(engine) : { running: 0, queued: 0, runs: 0, drain: undefined };
    const irreversible = irreversibleOf(name, parameters);
    const details = await detailsOf(this.#parts, name, parameters, plan?.waves ?? []);
    const epoch = (await readControl(engine.ports))?.epoch ?? 0;
    return {
      command: name,
      parameters: parameters as Json,
      waves: plan?.waves ?? [],
      needsBackup: plan?.needsBackup ?? false,
      ...("refusal" in planned ? { refusal: planned.refusal } : {}),
      affected,
      ...(drain ? { drain } : {}),
      ...(irreversible === undefined ? {} : { irreversible }),
      ...(details === undefined ? {} : { details: details as unknown as Json }),
      ...(needsConfirmation(name, parameters)
        ? { confirm: confirmationToken({ command: name, parameters, who: actor.who.id, epoch }, engine.ports.clock.now()) }
        : {}),
    };
  }

  /** Errors: QMOI_NOT_FOUND. */
  async get(id: string): Promise<CommandView> {
    const view = await this.#store.view(id);
    const progress = this.steps.progressOf(id);
    return progress === undefined ? view : { ...view, progress };
  }

  list(page?: PageRequest): Promise<Page<CommandView>> {
    return this.#store.list(page);
  }

  /** Whether the evidence of a command is what history, audit and backups say. Errors: QMOI_NOT_FOUND, QMOI_COMMAND_RUNNING. */
  async verify(id: string): Promise<VerifiedCommand> {
    const { verifyCommand } = await import("./verify-command.ts");
    return verifyCommand(this.#parts, this.#store, id);
  }

  async state(): Promise<SystemState> {
    const item = await readControl(this.#parts.engine.ports);
    return {
      ...controlOf(item),
      epoch: item?.epoch ?? 0,
      emergency: item?.emergency === true && item.mode === "stopped",
      ...(item?.reason === undefined ? {} : { reason: item.reason }),
      ...(item?.who === undefined ? {} : { who: item.who }),
      ...(item === undefined ? {} : { at: item.at }),
    };
  }

  /** Carries on whatever is to be done: the command that runs, else the next one; evidence of emergency stops. Safe at any time. */
  pass(): Promise<void> {
    this.#again = true;
    this.#passing ??= this.#passes().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  async #passes(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#emergency.settle();
      await this.#carryOn();
    }
  }

  async #carryOn(): Promise<void> {
    if (!this.#executor) return;
    for (;;) {
      const active = await this.#store.active();
      if (active && active.id !== "") {
        const running = await this.#store.find(active.id);
        // One that has ended, or is gone, holds nothing up; what its end still owes, its last step is asked for again.
        if (running && !hasCommandEnded(running.st)) return this.#executor.start(active.id);
        if (running)
          await this.steps.step({
            step: "record",
            commandId: active.id,
            outcome: "succeeded",
            ...(running.f ? { failure: running.f } : {}),
          });
        else await this.#store.setActive(active, "");
        continue;
      }
      const next = (await this.#store.open()).find(({ n }) => n !== "emergency_stop");
      if (!next) return;
      await this.#store.setActive(active, idOf(next.pk));
    }
  }

  #soon(): void {
    this.pass().catch((error) => this.#parts.engine.ports.logger.log("warn", "commands not looked at; the tick repeats it", { error }));
  }

  async #checked(command: MasterCommand, actor: Actor): Promise<CommandParameters> {
    if (!COMMAND_NAMES.includes(command.command))
      throw new QmoiError("QMOI_INVALID_INPUT", `There is no command "${String(command.command).slice(0, 100)}".`, {
        path: "$.command",
        remedy: `Use one of: ${COMMAND_NAMES.join(", ")}.`,
      });
    if (!roleAllows(actor.who.role, "master"))
      throw new QmoiError("QMOI_FORBIDDEN", `Commands need the role master; the credentials have ${actor.who.role}.`);
    // Whoever gives no command does without their schemas.
    const { checkParameters } = await import("@qmoi/master-automation/parameters");
    return checkParameters(command.command, command.parameters) as CommandParameters;
  }

  async #confirmed(command: MasterCommand, parameters: CommandParameters, { who }: Actor): Promise<void> {
    if (!needsConfirmation(command.command, parameters)) return;
    const { ports } = this.#parts.engine;
    const epoch = (await readControl(ports))?.epoch ?? 0;
    const what = { command: command.command, parameters, who: who.id, epoch };
    if (isConfirmed(command.confirm, what, ports.clock.now())) return;
    throw new QmoiError(
      "QMOI_CONFIRMATION_REQUIRED",
      command.confirm === undefined
        ? `${command.command} destroys or overwrites: it needs the confirmation token of its preview.`
        : "The confirmation token is not one of a preview of this command, or what may start has changed since.",
      { path: "$.confirm" },
    );
  }

  #itemOf(command: MasterCommand, parameters: CommandParameters, { who, from, requestId }: Actor): CommandItem {
    const { clock, random } = this.#parts.engine.ports;
    const now = clock.now();
    const { command: name, reason, idempotencyKey, priority = COMMANDS[name].priority } = command;
    const id = idempotencyKey === undefined ? `c${runId(now, random.id())}` : commandIdOfKey(who.id, idempotencyKey);
    return {
      ...commandKeys.header(id),
      ...indexKeys(id, priority, now),
      v: 1,
      n: name,
      p: parameters as JsonObject,
      pr: priority,
      st: "queued",
      who: who.id,
      ca: now,
      rq: requestHash(name, parameters as Json, priority, reason),
      ...(from === undefined ? {} : { from }),
      ...(requestId === undefined ? {} : { rid: requestId }),
      ...(reason === undefined ? {} : { why: reason }),
    };
  }

  async #plan(name: CommandName, parameters: CommandParameters, reason: string | undefined) {
    return planCommand(name, parameters, await this.steps.planFacts(reason));
  }
}
