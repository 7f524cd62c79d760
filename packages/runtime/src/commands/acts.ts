import type { ModuleName } from "@qmoi/config";
import { type Json, type Move, QmoiError, type Release, sleep, UnavailableError, versionChanges } from "@qmoi/core";
import {
  type CommandParameters,
  type CommandPlan,
  type Control,
  controlOf,
  giveBack,
  hold,
  migrationPath,
  moduleRuns,
  offOf,
  switchOff,
  switchOn,
} from "@qmoi/master-automation";
import type { BackupCause, BackupDetail, BackupProgress, Progress } from "../backup/backups.ts";
import type { ControlItem } from "../items.ts";
import { changeControl, readControl } from "./change-control.ts";
import { actorOf, type CommandItem, idOf } from "./command-item.ts";
import { migrate, refuseNewerData, schemaVersion } from "./migrate.ts";
import { moduleFinding } from "./module-finding.ts";
import { ModuleRules } from "./module-rules.ts";
import { backupsOf, type CommandParts } from "./parts.ts";

/** What an act has come to. */
export interface Acted {
  readonly status: "done" | "running";
  readonly after?: Json;
}

/** One command's act on one module. */
export interface Task {
  readonly item: CommandItem;
  readonly plan: CommandPlan;
  readonly module: ModuleName;
  /** What was there before the act, if it was begun already. */
  readonly before?: Json;
  /** Whether nobody asks again: what still runs is told as it is. */
  readonly last: boolean;
}

/** A stop waits so long in one step, so that short work needs no second look. */
const GLANCE_MS = 1_000;
const LOOK_MS = 25;
/** A step of the state machine may take 890 s. */
const BACK_MS = 800_000;
const BACK_LOOK_MS = 250;

/** Somebody else has changed what may start: an emergency stop, most likely. */
export const overtaken = (): QmoiError =>
  new QmoiError("QMOI_COMMAND_OVERTAKEN", "An emergency stop, or another change of what may start, has overtaken the command.");

/** Whether what may start is as the command planned or left it. */
export const isOurs = (control: ControlItem | undefined, { plan }: Pick<Task, "plan">, id: string): boolean =>
  (control?.epoch ?? 0) === plan.epoch || control?.by === id;

/** Does what a command does to each module, and undoes it. Everything here is safe to repeat. */
export class Acts {
  /** How far backups and restores have come that are under way in this process, by command. */
  readonly progress = new Map<string, BackupProgress>();
  readonly #parts: CommandParts;
  readonly #rules: ModuleRules;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#rules = new ModuleRules(parts);
  }

  /** What is to be remembered of a module before an act changes it. */
  async before({ item, module }: Task): Promise<Json | undefined> {
    const { engine, releases } = this.#parts;
    // What is newest now is what it leads to, whatever comes meanwhile.
    if (item.n === "update_system")
      return { version: await releases.running(module), schema: await schemaVersion(engine.ports), to: await releases.newest(module) };
    return /^(start|stop)_/.test(item.n) ? { runs: moduleRuns(await readControl(engine.ports), module) } : undefined;
  }

  async act(task: Task): Promise<Acted> {
    const { item, module, plan } = task;
    const all = plan.waves.flat();
    const parameters = item.p as CommandParameters;
    switch (item.n) {
      case "start_all_modules":
        return this.#followed(task, await this.#control(task, (control) => giveBack(control, module, all)));
      case "start_module":
        return this.#followed(task, await this.#control(task, (control) => switchOn(control, module)));
      case "stop_all_modules":
        return this.#drained(task, await this.#control(task, (control) => hold(control, module, all, parameters.discard)));
      case "stop_module":
        return this.#drained(task, await this.#control(task, (control) => switchOff(control, module, parameters.module)));
      case "optimize_system":
        return { status: "done", after: ((await this.#parts.modules.get(module)?.optimize?.()) ?? []) as unknown as Json };
      case "run_health_check":
        return { status: "done", after: (await this.#health(module)) as unknown as Json };
      case "update_system":
        return this.#update(task);
      case "backup_system": {
        const { id, items, bytes } = await this.backup(item, "request");
        return { status: "done", after: { backup: id, items, bytes } };
      }
      case "restore_system": {
        const report = await this.#told(item, (progress) =>
          backupsOf(this.#parts).restore(String(parameters.backup), actorOf(item), { progress, command: idOf(item.pk) }),
        );
        return { status: "done", after: report as unknown as Json };
      }
      case "emergency_stop":
        throw new Error("an emergency stop has no steps");
    }
  }

  /** A backup on behalf of a command. */
  backup(item: CommandItem, cause: BackupCause): Promise<BackupDetail> {
    return this.#told(item, (progress) => backupsOf(this.#parts).create(actorOf(item), { cause, progress }));
  }

  async #told<T>(item: CommandItem, work: (progress: Progress) => Promise<T>): Promise<T> {
    const id = idOf(item.pk);
    try {
      return await work((progress) => this.progress.set(id, progress));
    } finally {
      this.progress.delete(id);
    }
  }

  /** Gives back what was before the act. Skipped where somebody else has decided since, or nothing was changed. */
  async undo(task: Task): Promise<"done" | "skipped"> {
    const { item, module, plan } = task;
    const all = plan.waves.flat();
    switch (item.n) {
      case "start_all_modules":
        return this.#back(task, (control) =>
          hold(
            control,
            module,
            all.filter((one) => wasHeld(plan.control, one)),
            plan.control.discard,
          ),
        );
      case "stop_all_modules":
        return this.#back(task, (control) => giveBack(control, module, all));
      case "start_module":
        return this.#back(task, (control) => switchOff(control, module, offOf(plan.control)[module]));
      case "stop_module":
        return this.#back(task, (control) => switchOn(control, module));
      case "update_system":
        return this.#downdate(task);
      default:
        return "skipped";
    }
  }

  async #control(task: Task, apply: (control: Control) => Control): Promise<Acted> {
    const { item, module } = task;
    const { ports } = this.#parts.engine;
    const id = idOf(item.pk);
    const control = await changeControl(ports, {
      apply,
      by: id,
      who: item.who,
      ...(item.why === undefined ? {} : { reason: item.why }),
      allowed: (stored) => isOurs(stored, task, id),
    });
    if (!control) throw overtaken();
    return {
      status: "done",
      after: {
        runs: moduleRuns(control, module),
        epoch: control.epoch,
        at: control.at,
        ...(control.cs === undefined ? {} : { seq: control.cs }),
      },
    };
  }

  /** A module that is stopped is done once nothing of it runs any more. */
  async #drained(task: Task, acted: Acted): Promise<Acted> {
    const { clock } = this.#parts.engine.ports;
    const until = clock.monotonic() + GLANCE_MS;
    for (;;) {
      const busy = (await this.#parts.modules.get(task.module)?.busy?.()) ?? 0;
      const after = { ...(acted.after as object), busy } as Json;
      if (busy === 0 || task.last) return this.#followed(task, { ...acted, after });
      if (clock.monotonic() > until) return { ...acted, after, status: "running" };
      await sleep(clock, LOOK_MS);
    }
  }

  /** What may start has changed: so has whether the module is to be woken. */
  async #followed<T>({ module }: Task, result: T): Promise<T> {
    await this.#rules.follow(module);
    return result;
  }

  /** Holds or gives back under the command's own epoch, and only what the command has changed. */
  async #back(task: Task, apply: (control: Control) => Control): Promise<"done" | "skipped"> {
    const { item, module, plan } = task;
    const { ports } = this.#parts.engine;
    const id = idOf(item.pk);
    const ran = moduleRuns(plan.control, module);
    let changed = false;
    const control = await changeControl(ports, {
      by: id,
      who: item.who,
      reason: `compensation of ${item.n}`,
      allowed: (stored) => isOurs(stored, task, id),
      apply: (now) => {
        changed = moduleRuns(now, module) !== ran;
        return restored(changed ? apply(now) : now, plan);
      },
    });
    return this.#followed(task, control && changed ? "done" : "skipped");
  }

  async #health(module: ModuleName) {
    const own = await moduleFinding(this.#parts, module);
    if (module !== "master-automation") return [own];
    const { systemHealth } = await import("./system-health.ts");
    return [...(await systemHealth(this.#parts)), own];
  }

  /** The last module brings the data along, once all code that reads it is the newest. */
  async #update(task: Task): Promise<Acted> {
    const { releases, migrations, engine } = this.#parts;
    const { module, plan } = task;
    const version = (task.before as { readonly to?: Release } | undefined)?.to ?? (await releases.newest(module));
    if ((await releases.move(module, version, moveOf(task))) === "moving") {
      if (task.last) throw new QmoiError("QMOI_UPDATE_UNAVAILABLE", `${module} did not come to ${told(version)} in time.`);
      return { status: "running" };
    }
    if (plan.waves.at(-1)?.at(-1) !== module) return { status: "done", after: { version } };
    await refuseNewerData(engine.ports);
    const newest = Math.max(1, ...migrations.map(({ to }) => to));
    const { to, changed } = await migrate(engine.ports, migrations, newest);
    return { status: "done", after: { version, schema: to, changed } };
  }

  /** The data first, while there is code that can bring it back. */
  async #downdate(task: Task): Promise<"done" | "skipped"> {
    const { releases, migrations, engine } = this.#parts;
    const { before, module } = task;
    if (before === undefined) return "skipped";
    const { version, schema } = before as { readonly version: Release; readonly schema: number };
    const moved = versionChanges(await releases.running(module), version).length > 0;
    const migrated = migrationPath(migrations, await schemaVersion(engine.ports), schema).length > 0;
    if (migrated) await migrate(engine.ports, migrations, schema);
    // Also where it runs already: what is under way is given up then.
    for (const until = engine.ports.clock.monotonic() + BACK_MS; (await releases.move(module, version, moveOf(task))) === "moving"; ) {
      if (engine.ports.clock.monotonic() > until) throw new UnavailableError(`${module} is still on its way back to ${told(version)}.`);
      await sleep(engine.ports.clock, BACK_LOOK_MS);
    }
    return moved || migrated ? "done" : "skipped";
  }
}

const told = (release: Release): string =>
  Object.entries(release)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");

const moveOf = ({ item }: Task): Move => ({ by: idOf(item.pk), drainMs: ((item.p as CommandParameters).drain ?? 0) * 1000 });

const wasHeld = (control: Control, module: ModuleName): boolean => control.mode === "stopped" || control.held?.includes(module) === true;

/** Once no module differs from the plan's control any more, what may start is exactly that again. */
const restored = (control: Control, plan: CommandPlan): Control =>
  plan.waves.flat().every((module) => moduleRuns(control, module) === moduleRuns(plan.control, module)) ? controlOf(plan.control) : control;
