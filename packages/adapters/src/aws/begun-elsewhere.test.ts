import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { LATER, type TargetCall } from "@qmoi/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testCall } from "../targets/testing/calls.ts";
import { containerTarget } from "./container-target.ts";
import { executionTarget } from "./execution-target.ts";
import { lambdaTargets } from "./lambda-target.ts";

interface Asked {
  readonly action: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of several services, whose fields the tests look at.
  readonly body: any;
}

/** Stands for AWS: keeps what it was asked, and answers as told. */
const asked: Asked[] = [];
let answer: { readonly status: number; readonly error?: string; readonly body?: object };
const server = createServer(async (request: IncomingMessage, response) => {
  const chunks = await request.toArray();
  const action = String(request.headers["x-amz-target"] ?? request.url);
  asked.push({ action, body: JSON.parse(Buffer.concat(chunks).toString()) });
  const { status, error, body = {} } = answer;
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1", ...(error ? { "x-amzn-errortype": error } : {}) });
  response.end(JSON.stringify(error ? { __type: error, message: "said no" } : body));
});

beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: { executionArn: "arn", startDate: 0, tasks: [{}] } };
});

const client = {
  get endpoint(): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  region: "us-east-1",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 1,
};
const elsewhere = { completions: "queue", prefix: "qmoi-dev-", client };
const runnerOf = ({ type }: TargetCall["target"]) =>
  [
    ...lambdaTargets(elsewhere),
    executionTarget({ ...elsewhere, machines: "arn:aws:states:us-east-1:1:stateMachine:" }),
    containerTarget(elsewhere),
  ].find((runner) => runner.type === type);
const run = (target: TargetCall["target"], input: TargetCall["input"] = null): Promise<unknown> => {
  const runner = runnerOf(target);
  expect(runner?.outlives).toBe(true);
  return runner?.run(testCall(target, input).call) as Promise<unknown>;
};
const stop = (target: TargetCall["target"]): Promise<void> | undefined => runnerOf(target)?.stop?.(testCall(target).call);
const QMOI = { token: "r1/0/2/token", queueUrl: "queue", run: "r1", task: "t1", attempt: 2, idempotencyKey: "r1/t1" };
const NAME = "qmoi-dev-r1-0-2-token";

describe("a lambda target", () => {
  it("invokes with the parameters, or the input, and a callback", async () => {
    expect(await run({ type: "lambda", resource: "f", parameters: { n: 1 } })).toBe(LATER);
    expect(await run({ type: "lambda", resource: "f" }, [2])).toBe(LATER);
    expect(asked.map(({ body }) => body)).toEqual([
      { n: 1, qmoi: QMOI },
      { input: [2], qmoi: QMOI },
    ]);
  });
});

describe("a step-functions target", () => {
  it("starts an execution under a name that tells whose it is", async () => {
    expect(await run({ type: "step-functions", resource: "qmoi-work-train" }, { n: 1 })).toBe(LATER);
    expect(asked[0]?.action).toBe("AWSStepFunctions.StartExecution");
    const { stateMachineArn, name, input } = asked[0]?.body ?? {};
    expect({ stateMachineArn, name }).toEqual({ stateMachineArn: "arn:aws:states:us-east-1:1:stateMachine:qmoi-work-train", name: NAME });
    expect(JSON.parse(input)).toEqual({ n: 1, qmoi: QMOI });
  });

  it("takes an ARN as it is", async () => {
    await run({ type: "step-functions", resource: "arn:aws:states:eu-west-1:2:stateMachine:m" });
    expect(asked[0]?.body.stateMachineArn).toBe("arn:aws:states:eu-west-1:2:stateMachine:m");
  });

  it("has begun when an earlier request of this attempt had", async () => {
    answer = { status: 400, error: "ExecutionAlreadyExists" };
    expect(await run({ type: "step-functions", resource: "m" })).toBe(LATER);
  });

  it.each([
    ["StateMachineDoesNotExist", "invalid"],
    ["AccessDeniedException", "invalid"],
    ["ExecutionLimitExceeded", "throttled"],
    ["ServiceUnavailable", "unavailable"],
  ])("refused with %s fails as %s", async (error, kind) => {
    answer = { status: 400, error };
    expect(await run({ type: "step-functions", resource: "m" })).toMatchObject({ ok: false, failure: { class: kind, code: error } });
  });

  it("says which names a stage allows", async () => {
    answer = { status: 400, error: "AccessDeniedException" };
    expect(await run({ type: "step-functions", resource: "m" })).toMatchObject({
      failure: { message: expect.stringContaining("qmoi-work-") },
    });
  });
});

describe("the end of an execution", () => {
  const error = "QMOI_TASK_CANCELLED";
  it.each([
    ["m", "arn:aws:states:us-east-1:1:execution:m"],
    ["arn:aws:states:eu-west-1:2:stateMachine:m", "arn:aws:states:eu-west-1:2:execution:m"],
    ["arn:aws:states:eu-west-1:2:stateMachine:m:live", "arn:aws:states:eu-west-1:2:execution:m"],
  ])("of %s is asked for by its attempt's name", async (resource, machine) => {
    await stop({ type: "step-functions", resource });
    expect(asked).toMatchObject([{ action: "AWSStepFunctions.StopExecution", body: { executionArn: `${machine}:${NAME}`, error } }]);
  });

  it("is there where it never began", async () => {
    answer = { status: 400, error: "ExecutionDoesNotExist" };
    await stop({ type: "step-functions", resource: "m" });
    expect(asked).toHaveLength(1);
  });

  it("is asked for again where it was refused", async () => {
    answer = { status: 400, error: "AccessDeniedException" };
    await expect(stop({ type: "step-functions", resource: "m" })).rejects.toThrow("said no");
  });
});

describe("the end of containers", () => {
  it("is asked for by what the attempt's name began, in its cluster", async () => {
    answer = { status: 200, body: { taskArns: ["arn:1", "arn:2"] } };
    await stop({ type: "ecs", resource: "t", parameters: { cluster: "c" } });
    expect(asked).toMatchObject([
      { action: "AmazonEC2ContainerServiceV20141113.ListTasks", body: { cluster: "c", startedBy: NAME } },
      { action: "AmazonEC2ContainerServiceV20141113.StopTask", body: { cluster: "c", task: "arn:1" } },
      { action: "AmazonEC2ContainerServiceV20141113.StopTask", body: { cluster: "c", task: "arn:2" } },
    ]);
    expect(asked[1]?.body.reason).toMatch(/^QMOI_TASK_CANCELLED: /);
  });

  it("is there where nothing of it runs", async () => {
    answer = { status: 200, body: { taskArns: [] } };
    await stop({ type: "ecs", resource: "t" });
    expect(asked).toHaveLength(1);
  });
});

describe("an ecs target", () => {
  const environment = (): object => {
    const { environment: pairs } = asked[0]?.body.overrides.containerOverrides[0] ?? {};
    return Object.fromEntries(pairs.map(({ name, value }: { name: string; value: string }) => [name, value]));
  };

  it("runs a task definition once, under a name that tells whose it is, with what a process would get", async () => {
    expect(await run({ type: "ecs", resource: "arn:aws:ecs:us-east-1:1:task-definition/qmoi-work-train:3" }, { n: 1 })).toBe(LATER);
    expect(asked[0]?.action).toBe("AmazonEC2ContainerServiceV20141113.RunTask");
    expect(asked[0]?.body).toMatchObject({
      startedBy: NAME,
      clientToken: "token",
      tags: [{ key: "qmoi", value: "qmoi-dev" }],
      taskDefinition: expect.stringContaining("train:3"),
    });
    expect(asked[0]?.body.overrides.containerOverrides[0].name).toBe("qmoi-work-train");
    expect(environment()).toEqual({
      QMOI_RUN: "r1",
      QMOI_TASK: "t1",
      QMOI_ATTEMPT: "2",
      QMOI_IDEMPOTENCY_KEY: "r1/t1",
      QMOI_INPUT: '{"n":1}',
      QMOI_TOKEN: "r1/0/2/token",
      QMOI_COMPLETIONS: "queue",
    });
  });

  it("passes on where and with what it runs", async () => {
    const parameters = {
      cluster: "c",
      launchType: "FARGATE",
      subnets: ["subnet-1"],
      securityGroups: ["sg-1"],
      container: "main",
      command: ["train"],
      environment: { A: "b" },
      cpu: 256,
      memory: 512,
    };
    expect(await run({ type: "ecs", resource: "t", parameters })).toBe(LATER);
    expect(asked[0]?.body).toMatchObject({
      cluster: "c",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" } },
      overrides: { containerOverrides: [{ name: "main", command: ["train"], cpu: 256, memory: 512 }] },
    });
    expect(environment()).toMatchObject({ A: "b", QMOI_RUN: "r1" });
  });

  it("takes capacity of a provider", async () => {
    await run({ type: "ecs", resource: "t", parameters: { capacityProvider: "FARGATE_SPOT", subnets: ["s"], publicIp: true } });
    expect(asked[0]?.body).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }],
      networkConfiguration: { awsvpcConfiguration: { assignPublicIp: "ENABLED" } },
    });
  });

  it("is refused before it is asked for when ECS would not take its input", async () => {
    expect(await run({ type: "ecs", resource: "t" }, "x".repeat(8000))).toMatchObject({ ok: false, failure: { class: "invalid" } });
    expect(await run({ type: "ecs", resource: "t", parameters: { image: "x" } })).toMatchObject({ failure: { class: "invalid" } });
    expect(asked).toEqual([]);
  });

  it("is tried again when there is no room", async () => {
    answer = { status: 200, body: { tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] } };
    expect(await run({ type: "ecs", resource: "t" })).toMatchObject({ failure: { class: "unavailable", code: "RESOURCE:MEMORY" } });
  });

  it("fails for good without its task definition", async () => {
    answer = { status: 400, error: "ClientException" };
    expect(await run({ type: "ecs", resource: "t" })).toMatchObject({ failure: { class: "invalid", code: "ClientException" } });
  });
});
