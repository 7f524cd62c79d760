import { messageOf } from "../targets/failures.ts";

/** Starts executions of a state machine of Step Functions, each under a name of its own: one that exists is left alone. */
export class Executions {
  readonly #machine: string;
  readonly #failed: (name: string, error: unknown) => void;
  readonly #starting = new Set<Promise<void>>();

  /** `failed`: told of what could not be started; whoever looks again tries again. */
  constructor(machine: string, failed: (name: string, error: unknown) => void) {
    this.#machine = machine;
    this.#failed = failed;
  }

  /** Begins to start it; `settled` waits for that. */
  start(name: string): void {
    const work = this.#start(name)
      .catch((error) => this.#failed(name, error))
      .finally(() => this.#starting.delete(work));
    this.#starting.add(work);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#starting]);
  }

  async #start(name: string): Promise<void> {
    const sdk = await import("./sfn-sdk.ts");
    const input = JSON.stringify({ commandId: name });
    try {
      await new sdk.SFNClient({}).send(new sdk.StartExecutionCommand({ stateMachineArn: this.#machine, name, input }));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ExecutionAlreadyExists") throw new Error(messageOf(error), { cause: error });
    }
  }
}
