import { readFileSync } from "node:fs";
import type { Logger } from "@qmoi/core";
import type { MasterHandler } from "@qmoi/functions/master";
import type { Executor } from "@qmoi/runtime";

interface State {
  readonly Type: string;
  readonly ItemProcessor?: { readonly States: States };
  readonly Branches?: readonly { readonly States: States }[];
}
type States = Readonly<Record<string, State>>;

export interface StateMachineParts {
  readonly handler: MasterHandler;
  readonly logger: Logger;
  /** Told when an execution has ended, however it did. */
  readonly ended: () => void;
  /** Milliseconds instead of what the file says, for tests. */
  readonly waitMs?: number;
  readonly retryMs?: number;
}

const FILE = new URL("../../../stacks/state-machines/master-command.asl.json", import.meta.url);

/** Carries out `master-command.asl.json`, the file that Step Functions runs in the cloud, with the same step functions, in this process. */
export class LocalStateMachine implements Executor {
  readonly #parts: StateMachineParts;
  readonly #running = new Map<string, () => void>();
  #machine: Promise<Machine> | undefined;
  #closed = false;

  constructor(parts: StateMachineParts) {
    this.#parts = parts;
  }

  start(command: string): void {
    if (this.#running.has(command) || this.#closed) return;
    this.#running.set(command, () => undefined);
    this.#run(command)
      .catch((error) => this.#parts.logger.log("warn", "command's execution ended in an error", { command, error: String(error) }))
      .finally(() => {
        this.#running.delete(command);
        if (!this.#closed) this.#parts.ended();
      });
  }

  /** Lets go of what runs: it is taken up again from its records. */
  close(): void {
    this.#closed = true;
    for (const abort of this.#running.values()) abort();
  }

  async #run(command: string): Promise<void> {
    // Loaded for the first command only: it takes a third of a second.
    this.#machine ??= load(this.#parts);
    const { machine, options } = await this.#machine;
    const id = `local:${command}`;
    const { abort, result, eventLogs } = machine.run({ commandId: command }, { ...options, context: { Execution: { Id: id } } });
    this.#running.set(command, abort);
    // Events wait in memory until somebody reads them.
    const drained = (async () => {
      for await (const _ of eventLogs);
    })();
    try {
      await result;
    } catch (error) {
      // A refused or compensated command ends so; its record says all of it.
      this.#parts.logger.log("debug", "command's execution failed", { command, error: String(error) });
    } finally {
      await drained.catch(() => undefined);
    }
  }
}

interface Machine {
  readonly machine: InstanceType<typeof import("aws-local-stepfunctions").StateMachine>;
  readonly options: import("aws-local-stepfunctions").RunOptions;
}

/** The machine holds no state, and its validation takes a sixth of a second: one for all. */
let parsed: Promise<Pick<Machine, "machine"> & { readonly names: ReturnType<typeof statesOf> }> | undefined;

const parse = async () => {
  const { StateMachine } = await import("aws-local-stepfunctions");
  const definition = JSON.parse(readFileSync(FILE, "utf8").replaceAll("${MasterFunctionArn}", "arn:aws:lambda:local:0:function:master"));
  return { machine: new StateMachine(definition), names: statesOf(definition.States as States) };
};

const load = async ({ handler, waitMs, retryMs }: StateMachineParts): Promise<Machine> => {
  parsed ??= parse();
  const { machine, names } = await parsed;
  const each = <T>(types: readonly string[], value: T): Record<string, T> =>
    Object.fromEntries(names.filter(([, type]) => types.includes(type)).map(([name]) => [name, value]));
  const overrides = {
    taskResourceLocalHandlers: each(["Task"], (event: unknown) => call(handler, event)),
    ...(waitMs === undefined ? {} : { waitTimeOverrides: each(["Wait"], waitMs) }),
    ...(retryMs === undefined ? {} : { retryIntervalOverrides: each(["Task"], retryMs) }),
  };
  return { machine, options: { overrides } };
};

/** What goes in and out of a function is JSON, and an error has a name and a message. */
const call = async (handler: MasterHandler, event: unknown): Promise<never> => {
  try {
    return JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(event))))) as never;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw Object.assign(new Error(message), { name });
  }
};

const statesOf = (states: States): readonly (readonly [name: string, type: string])[] =>
  Object.entries(states).flatMap(([name, state]) => [
    [name, state.Type] as const,
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor.States) : []),
    ...(state.Branches ?? []).flatMap((branch) => statesOf(branch.States)),
  ]);
