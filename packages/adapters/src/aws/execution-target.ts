import type { SFNClient } from "@aws-sdk/client-sfn";
import { LATER, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { once } from "../once.ts";
import { failed, isFailure, readTarget } from "../targets/failures.ts";
import { eventOf } from "./completion.ts";
import { executionArn } from "./execution-arn.ts";
import { refusal } from "./refusal.ts";
import { TOLD_TO_END, workNameOf } from "./work-name.ts";

const schema = z.object({ resource: z.string().min(1), parameters: z.unknown().optional() });

export interface ExecutionTargetOptions {
  /** Queue to which the work may send how it went, before its execution tells. */
  readonly completions: string;
  /** What the names of this stage's executions begin with. */
  readonly prefix: string;
  /** What the ARN of a state machine begins with that a target names without: `arn:aws:states:<region>:<account>:stateMachine:`. */
  readonly machines: string;
  readonly client?: ConstructorParameters<typeof SFNClient>[0];
}

/**
 * `step-functions`: starts an execution of a state machine of the type STANDARD, whose input is the target's parameters (the task's input
 * otherwise) with a `qmoi` beside them. EventBridge tells its end: nobody waits meanwhile.
 */
export const executionTarget = ({ completions, prefix, machines, client: options = {} }: ExecutionTargetOptions): TargetRunner => {
  const open = once(async () => {
    const sdk = await import("./sfn-sdk.ts");
    return { sdk, client: new sdk.SFNClient(options) };
  });
  const machineOf = ({ resource }: z.output<typeof schema>): string => (resource.startsWith("arn:") ? resource : `${machines}${resource}`);
  return {
    type: "step-functions",
    outlives: true,
    run: async (call) => {
      const spec = readTarget(schema, call);
      if (isFailure(spec)) return failed(spec);
      const stateMachineArn = machineOf(spec);
      const input = JSON.stringify(eventOf(call, spec.parameters, completions));
      try {
        const { sdk, client } = await open();
        await client.send(new sdk.StartExecutionCommand({ stateMachineArn, name: workNameOf(prefix, call.token), input }));
        return LATER;
      } catch (error) {
        // Nobody else has this name: an earlier request had no answer, and was carried out.
        if (error instanceof Error && error.name === "ExecutionAlreadyExists") return LATER;
        return refusal(`start an execution of ${spec.resource}`, error);
      }
    },
    stop: async (work) => {
      const spec = readTarget(schema, work);
      if (isFailure(spec)) return;
      const { sdk, client } = await open();
      try {
        const arn = executionArn(machineOf(spec), workNameOf(prefix, work.token));
        const cause = "Its run was cancelled or stopped, or its time is over.";
        await client.send(new sdk.StopExecutionCommand({ executionArn: arn, error: TOLD_TO_END, cause }));
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ExecutionDoesNotExist") throw error;
      }
    },
  };
};
