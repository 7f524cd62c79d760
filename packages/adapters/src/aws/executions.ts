import type { SFNClientConfig } from "@aws-sdk/client-sfn";
import { messageOf } from "../targets/failures.ts";
import { executionArn } from "./execution-arn.ts";

/** So often a command is begun anew whose execution ended before it had. */
const MOST_EXECUTIONS = 20;

/**
 * Starts executions of a state machine of Step Functions, each under a name of its own: one that runs is left alone. One that has ended although
 * its command has not, as after a restore of what was stored meanwhile, is followed by another.
 */
export class Executions {
  readonly #machine: string;
  readonly #failed: (name: string, error: unknown) => void;
  readonly #options: SFNClientConfig;
  readonly #starting = new Set<Promise<void>>();

  /** `failed`: told of what could not be started; whoever looks again tries again. */
  constructor(machine: string, failed: (name: string, error: unknown) => void, options: SFNClientConfig = {}) {
    this.#machine = machine;
    this.#options = options;
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

  async #start(command: string): Promise<void> {
    const sdk = await import("./sfn-sdk.ts");
    const client = new sdk.SFNClient(this.#options);
    const input = JSON.stringify({ commandId: command });
    for (let n = 1; n <= MOST_EXECUTIONS; n++) {
      const name = n === 1 ? command : `${command}-${n}`;
      try {
        await client.send(new sdk.StartExecutionCommand({ stateMachineArn: this.#machine, name, input }));
        return;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ExecutionAlreadyExists") throw new Error(messageOf(error), { cause: error });
      }
      const { status } = await client.send(new sdk.DescribeExecutionCommand({ executionArn: executionArn(this.#machine, name) }));
      if (status === "RUNNING") return;
    }
    throw new Error(`its execution was begun ${MOST_EXECUTIONS} times, and ended each time before the command had`);
  }
}
