import type { ECSClient, RunTaskCommandInput } from "@aws-sdk/client-ecs";
import { LATER, type TargetCall, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { once } from "../once.ts";
import { failed, failure, invalid, isFailure, readTarget } from "../targets/failures.ts";
import { refusal } from "./refusal.ts";
import { TOLD_TO_END, workNameOf } from "./work-name.ts";

const schema = z.object({
  /** Name or ARN of the task definition. */
  resource: z.string().min(1),
  parameters: z
    .strictObject({
      cluster: z.string().optional(),
      launchType: z.enum(["FARGATE", "EC2", "EXTERNAL"]).optional(),
      capacityProvider: z.string().optional(),
      subnets: z.array(z.string()).min(1).optional(),
      securityGroups: z.array(z.string()).optional(),
      publicIp: z.boolean().default(false),
      /** The container that does the work: by default the one that is named like the task definition. */
      container: z.string().optional(),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).default({}),
      cpu: z.int().positive().optional(),
      memory: z.int().positive().optional(),
    })
    .prefault({}),
});
type Spec = z.output<typeof schema>;

/** Most characters of what a task overrides of its definition. */
const MOST_OVERRIDES = 8192;

export interface ContainerTargetOptions {
  /** Queue to which the work may send how it went, with its output, before it ends. */
  readonly completions: string;
  /** What the names of this stage's work begin with. */
  readonly prefix: string;
  readonly client?: ConstructorParameters<typeof ECSClient>[0];
}

/**
 * `ecs`: runs a task definition once. The container that does the work gets QMOI_RUN, QMOI_TASK, QMOI_ATTEMPT, QMOI_IDEMPOTENCY_KEY and
 * QMOI_INPUT as a process does, and QMOI_TOKEN and QMOI_COMPLETIONS to tell an output. EventBridge tells its end: nobody waits meanwhile.
 */
export const containerTarget = ({ completions, prefix, client: options = {} }: ContainerTargetOptions): TargetRunner => {
  const open = once(async () => {
    const sdk = await import("./ecs-sdk.ts");
    return { sdk, client: new sdk.ECSClient(options) };
  });
  return {
    type: "ecs",
    outlives: true,
    run: async (call) => {
      const spec = readTarget(schema, call);
      if (isFailure(spec)) return failed(spec);
      const overrides = overridesOf(spec, call, completions);
      const size = JSON.stringify(overrides).length;
      if (size > MOST_OVERRIDES)
        return failed(invalid(`Input and environment take ${size} characters, and ECS ${MOST_OVERRIDES}: pass the address of a file.`));
      try {
        const { sdk, client } = await open();
        const { failures = [] } = await client.send(new sdk.RunTaskCommand(requestOf(spec, call, prefix, overrides)));
        const refused = failures[0];
        if (!refused) return LATER;
        const { reason = "MISSING", detail } = refused;
        return failed(failure("unavailable", reason, `ECS has no room for ${spec.resource}: ${reason}${detail ? `, ${detail}` : ""}`));
      } catch (error) {
        return refusal(`run ${spec.resource}`, error);
      }
    },
    stop: async (work) => {
      const spec = readTarget(schema, work);
      if (isFailure(spec)) return;
      const { cluster } = spec.parameters;
      const of = cluster ? { cluster } : {};
      const { sdk, client } = await open();
      const { taskArns = [] } = await client.send(new sdk.ListTasksCommand({ ...of, startedBy: workNameOf(prefix, work.token) }));
      const reason = `${TOLD_TO_END}: its run was cancelled or stopped, or its time is over.`;
      await Promise.all(taskArns.map((task) => client.send(new sdk.StopTaskCommand({ ...of, task, reason }))));
    },
  };
};

const requestOf = (
  { resource, parameters }: Spec,
  call: TargetCall,
  prefix: string,
  overrides: RunTaskCommandInput["overrides"],
): RunTaskCommandInput => {
  const { cluster, launchType, capacityProvider, subnets, securityGroups, publicIp } = parameters;
  return {
    taskDefinition: resource,
    startedBy: workNameOf(prefix, call.token),
    // Asked twice for want of an answer, it runs once.
    clientToken: call.token.slice(call.token.lastIndexOf("/") + 1),
    overrides,
    // By which the stage's role may stop it, and nothing else.
    tags: [{ key: "qmoi", value: prefix.replace(/-$/, "") }],
    ...(cluster ? { cluster } : {}),
    ...(launchType ? { launchType } : {}),
    ...(capacityProvider ? { capacityProviderStrategy: [{ capacityProvider }] } : {}),
    ...(subnets
      ? {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets,
              assignPublicIp: publicIp ? "ENABLED" : "DISABLED",
              ...(securityGroups ? { securityGroups } : {}),
            },
          },
        }
      : {}),
  };
};

const overridesOf = ({ resource, parameters }: Spec, call: TargetCall, completions: string): RunTaskCommandInput["overrides"] => {
  const { container, command, environment, cpu, memory } = parameters;
  const variables = {
    ...environment,
    QMOI_RUN: call.run,
    QMOI_TASK: call.task,
    QMOI_ATTEMPT: String(call.attempt),
    QMOI_IDEMPOTENCY_KEY: call.idempotencyKey,
    QMOI_INPUT: JSON.stringify(call.input),
    QMOI_TOKEN: call.token,
    QMOI_COMPLETIONS: completions,
  };
  const family = resource.slice(resource.lastIndexOf("/") + 1).split(":")[0] as string;
  return {
    containerOverrides: [
      {
        name: container ?? family,
        environment: Object.entries(variables).map(([name, value]) => ({ name, value })),
        ...(command ? { command } : {}),
        ...(cpu ? { cpu } : {}),
        ...(memory ? { memory } : {}),
      },
    ],
  };
};
