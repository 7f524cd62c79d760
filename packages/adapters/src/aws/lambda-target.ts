import type { LambdaClient } from "@aws-sdk/client-lambda";
import { LATER, sha256, type TargetCall, type TargetResult, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { once } from "../once.ts";
import { failed, failure, invalid, isFailure, messageOf, readTarget } from "../targets/failures.ts";
import type { Callback } from "./completion.ts";

const lambdaSchema = z.object({ resource: z.string().min(1), parameters: z.unknown().optional() });
const functionSchema = z.object({ module: z.string().min(1), export: z.string().min(1).default("default") });

export interface LambdaTargetOptions {
  /** Queue to which functions send how it went. */
  readonly completions: string;
  /** What the names of functions made from `function` tasks begin with. */
  readonly prefix: string;
  readonly client?: ConstructorParameters<typeof LambdaClient>[0];
}

/** The last part of the name of the function that runs a module's export. */
export const taskFunctionName = (module: string, name: string): string => `task-${sha256(`${module}#${name}`).slice(0, 12)}`;

const THROTTLED = new Set(["TooManyRequestsException", "EC2ThrottledException"]);
const UNUSABLE = new Set([
  "ResourceNotFoundException",
  "InvalidRequestContentException",
  "RequestTooLargeException",
  "ValidationException",
]);

/**
 * Invokes functions asynchronously: nobody waits and pays meanwhile. `lambda` names the function, whose event is its parameters (the task's
 * input otherwise) with a `qmoi` beside them; `function` is the user's module, deployed as a function of its own.
 */
export const lambdaTargets = (options: LambdaTargetOptions): readonly TargetRunner[] => {
  const open = once(async () => {
    const sdk = await import("./lambda-sdk.ts");
    return { sdk, client: new sdk.LambdaClient(options.client ?? {}) };
  });
  const invoke = async (FunctionName: string, event: unknown): Promise<TargetResult | typeof LATER> => {
    try {
      const { sdk, client } = await open();
      await client.send(new sdk.InvokeCommand({ FunctionName, InvocationType: "Event", Payload: Buffer.from(JSON.stringify(event)) }));
      return LATER;
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (UNUSABLE.has(name)) return failed(invalid(`Can't invoke ${FunctionName}: ${messageOf(error)}`, name));
      return failed(failure(THROTTLED.has(name) ? "throttled" : "unavailable", name, `Can't invoke ${FunctionName}: ${messageOf(error)}`));
    }
  };
  const callback = ({ token, run, task, attempt, idempotencyKey }: TargetCall): Callback => ({
    token,
    queueUrl: options.completions,
    run,
    task,
    attempt,
    idempotencyKey,
  });
  return [
    {
      type: "lambda",
      outlives: true,
      run: async (call) => {
        const spec = readTarget(lambdaSchema, call);
        if (isFailure(spec)) return failed(spec);
        const given = spec.parameters ?? call.input;
        const event = typeof given === "object" && given !== null && !Array.isArray(given) ? given : { input: given };
        return invoke(spec.resource, { ...event, qmoi: callback(call) });
      },
    },
    {
      type: "function",
      outlives: true,
      run: async (call) => {
        const spec = readTarget(functionSchema, call);
        if (isFailure(spec)) return failed(spec);
        return invoke(`${options.prefix}${taskFunctionName(spec.module, spec.export)}:live`, { input: call.input, qmoi: callback(call) });
      },
    },
  ];
};
