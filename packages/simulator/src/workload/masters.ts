import { loadConfig } from "@qmoi/config/schemas";
import { LOCAL } from "@qmoi/core";
import { AuditLog, AuditReader, Modules } from "@qmoi/runtime";
import { type Commands, changeControl, commandsOf, onlyRelease } from "@qmoi/runtime/commands";
import type { Process } from "../cluster.ts";
import { ensure } from "../ensure.ts";
import type { Life } from "../world/life.ts";

const BY = { who: LOCAL };
/** Every process of a world has the same. */
const AUDIT_KEY = new Uint8Array(32);
const CONFIG = loadConfig(() => undefined);

/** The master's commands as the processes of a world take them: the code behind the API, over each process's own ports. */
export class Masters {
  readonly #commands = new WeakMap<Life, Commands>();

  /** Stops everything at once, as whoever asks the API does: with a preview and its confirmation where work is to be discarded. */
  async stop(process: Process, discard: boolean, idempotencyKey: string): Promise<void> {
    const commands = this.#of(process);
    const command = { command: "emergency_stop", parameters: { discard }, reason: "meddling", idempotencyKey } as const;
    const { confirm } = discard ? await commands.preview(command, BY) : {};
    await commands.submit(confirm === undefined ? command : { ...command, confirm }, BY);
  }

  /** Lets everything run again, after what was left of the stop has been seen to, as it is before each command that is carried out. */
  async lift(process: Process): Promise<void> {
    await this.pass(process);
    await changeControl(process.engine.ports, {
      apply: ({ off }) => ({ mode: "running", ...(off ? { off } : {}) }),
      by: "lift",
      who: LOCAL.id,
      allowed: (stored) => stored?.mode === "stopped",
    });
  }

  /** What the master's schedule has it do. */
  pass(process: Process): Promise<void> {
    return this.#of(process).pass();
  }

  #of({ life, engine }: Process): Commands {
    return ensure(this.#commands, life, () => {
      const { ports } = engine;
      const audit = new AuditLog(ports, AUDIT_KEY);
      return commandsOf({
        engine,
        modules: new Modules(ports),
        audit,
        records: new AuditReader(ports.table, audit, AUDIT_KEY),
        releases: onlyRelease("simulated", "A world has one version."),
        config: () => CONFIG,
      });
    });
  }
}
