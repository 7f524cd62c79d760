import type { LambdaClient } from "@aws-sdk/client-lambda";
import { LATER, sha256, type TargetResult, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { once } from "../once.ts";
import { failed, isFailure, readTarget } from "../targets/failures.ts";
import { callbackOf, eventOf } from "./completion.ts";
import { refusal } from "./refusal.ts";

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

/**
 * Invokes functions asynchronously: nobody waits and pays meanwhile. `lambda` names the function, whose event is its parameters (the task's
 * input otherwise) with a `qmoi` beside them; `function` is the user's module, deployed as a function of its own.
 */
export const lambdaTargets = ({ completions, prefix, client: options = {} }: LambdaTargetOptions): readonly TargetRunner[] => {
  const open = once(async () => {
    const sdk = await import("./lambda-sdk.ts");
    return { sdk, client: new sdk.LambdaClient(options) };
  });
  const invoke = async (FunctionName: string, event: object, what = FunctionName): Promise<TargetResult | typeof LATER> => {
    try {
      const { sdk, client } = await open();
      await client.send(new sdk.InvokeCommand({ FunctionName, InvocationType: "Event", Payload: Buffer.from(JSON.stringify(event)) }));
      return LATER;
    } catch (error) {
      return refusal(`invoke ${what}`, error);
    }
  };
  return [
    {
      type: "lambda",
      outlives: true,
      run: async (call) => {
        const spec = readTarget(lambdaSchema, call);
        if (isFailure(spec)) return failed(spec);
        return invoke(spec.resource, eventOf(call, spec.parameters, completions));
      },
    },
    {
      type: "function",
      outlives: true,
      run: async (call) => {
        const spec = readTarget(functionSchema, call);
        if (isFailure(spec)) return failed(spec);
        const name = `${prefix}${taskFunctionName(spec.module, spec.export)}`;
        const what = `${name}, which a deploy makes where a workflow of config/workflows or a binding says "${spec.module}" with export "${spec.export}"`;
        return invoke(`${name}:live`, { input: call.input, qmoi: callbackOf(call, completions) }, what);
      },
    },
  ];
};
