import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { type Deployed, endedRun, MINUTE, STAGE, startedRun, until } from "./deployed.ts";

const roleArn = "arn:aws:iam::000000000000:role/qmoi-work";

/** What tasks begin elsewhere in AWS, and how their end is heard of. */
export const elsewhereScenes = (stage: () => Deployed): void => {
  const aws = (target: string, body: unknown) => awsRequest(stage().aws.port, target, body);
  const run = (name: string, tasks: readonly object[]): Promise<string> => startedRun(stage(), { name, tasks } as { name: string });
  const history = async (workflow: string) => (await stage().as("viewer")("GET", `/v1/history?workflow=${workflow}&limit=1000`)).body.items;

  it(
    "ends tasks by the end of their executions in Step Functions",
    async () => {
      const machine = (name: string, state: object) =>
        aws("AWSStepFunctions.CreateStateMachine", {
          name: `qmoi-work-${name}`,
          roleArn,
          definition: JSON.stringify({ StartAt: "s", States: { s: state } }),
        });
      await machine("add", { Type: "Pass", Parameters: { "sum.$": "States.MathAdd($.a, $.b)" }, End: true });
      await machine("fail", { Type: "Fail", Error: "NoRows", Cause: "there are none" });
      const target = { type: "step-functions", resource: "qmoi-work-add", parameters: { a: 20, b: 22 } };
      const url = `${stage().work.url}/sum/\${{ string(tasks.add.output.sum) }}`;
      const added = await run("executions", [
        { name: "add", target },
        { name: "after", needs: ["add"], target: { type: "http", url, allowPrivate: true } },
      ]);
      expect(await endedRun(stage(), added)).toMatchObject({ state: "succeeded" });
      expect(stage().work.requests.get("/sum/42")).toHaveLength(1);

      const failing = { type: "step-functions", resource: "qmoi-work-fail" };
      expect(
        await endedRun(stage(), await run("failing-execution", [{ name: "f", target: failing, retry: { attempts: 2 } }])),
      ).toMatchObject({
        state: "failed",
      });
      const failure = { class: "exception", code: "NoRows", message: "there are none" };
      expect(await history("failing-execution")).toMatchObject([{ failure }, { failure }]);
    },
    5 * MINUTE,
  );

  it(
    "runs a task definition of ECS, and ends the task by the event of its end",
    async () => {
      await aws("AmazonEC2ContainerServiceV20141113.CreateCluster", { clusterName: "default" });
      await aws("AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition", {
        family: "qmoi-work-train",
        containerDefinitions: [{ name: "qmoi-work-train", image: "none", memory: 128 }],
      });
      const started = await run("containers", [{ name: "train", target: { type: "ecs", resource: "qmoi-work-train" }, payload: { n: 1 } }]);
      let taskArns: string[] = [];
      await until(async () => {
        taskArns = (await aws("AmazonEC2ContainerServiceV20141113.ListTasks", { cluster: "default" })).taskArns;
        return taskArns.length > 0;
      });
      const { tasks } = await aws("AmazonEC2ContainerServiceV20141113.DescribeTasks", { cluster: "default", tasks: taskArns });
      expect(tasks).toMatchObject([{ startedBy: expect.stringMatching(`^qmoi-${STAGE}-${started}-0-1-`) }]);
      expect(tasks[0].overrides.containerOverrides[0].environment).toContainEqual({ name: "QMOI_INPUT", value: '{"n":1}' });

      // The emulator runs containers only beside Docker, and tells of none's end: this is what ECS tells, through the rule that was deployed.
      const event = {
        id: "1",
        account: "000000000000",
        source: "aws.ecs",
        time: "2026-01-01T00:00:00Z",
        region: "us-east-1",
        resources: taskArns,
        "detail-type": "ECS Task State Change",
        detail: {
          ...tasks[0],
          lastStatus: "STOPPED",
          stopCode: "EssentialContainerExited",
          containers: [{ name: "qmoi-work-train", exitCode: 0, lastStatus: "STOPPED" }],
        },
      };
      const { EventPattern } = await aws("AWSEvents.DescribeRule", { Name: `qmoi-${STAGE}-ended-containers` });
      const passes = async (one: object): Promise<boolean> =>
        (await aws("AWSEvents.TestEventPattern", { EventPattern, Event: JSON.stringify(one) })).Result;
      expect(await passes(event)).toBe(true);
      expect(await passes({ ...event, detail: { ...event.detail, lastStatus: "RUNNING" } })).toBe(false);
      expect(await passes({ ...event, detail: { ...event.detail, startedBy: "ecs-svc/1" } })).toBe(false);
      expect((await stage().as("viewer")("GET", `/v1/runs/${started}`)).body).toMatchObject({ state: "running" });
      const { Targets } = await aws("AWSEvents.ListTargetsByRule", { Rule: `qmoi-${STAGE}-ended-containers` });
      expect(Targets).toMatchObject([{ Arn: expect.stringContaining(`qmoi-${STAGE}-completions`) }]);
      const { QueueUrl } = await aws("AmazonSQS.GetQueueUrl", { QueueName: `qmoi-${STAGE}-completions` });
      await aws("AmazonSQS.SendMessage", { QueueUrl, MessageBody: JSON.stringify(event) });
      expect(await endedRun(stage(), started)).toMatchObject({ state: "succeeded" });
    },
    5 * MINUTE,
  );

  it(
    "ends what a cancelled run has begun elsewhere",
    async () => {
      const { QueueUrl: nobody } = await aws("AmazonSQS.CreateQueue", { QueueName: "qmoi-work-nobody" });
      const unanswered = {
        Type: "Task",
        Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        Parameters: { QueueUrl: nobody, MessageBody: { "token.$": "$$.Task.Token" } },
        TimeoutSeconds: 3600,
        End: true,
      };
      await aws("AWSStepFunctions.CreateStateMachine", {
        name: "qmoi-work-wait",
        roleArn,
        definition: JSON.stringify({ StartAt: "s", States: { s: unanswered } }),
      });
      const execution = { name: "wait", target: { type: "step-functions", resource: "qmoi-work-wait" } };
      const container = { name: "train", target: { type: "ecs", resource: "qmoi-work-train" } };
      const cancelled = await run("cancelled-elsewhere", [execution, container]);
      const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:qmoi-work-wait";
      const executed = async (): Promise<string | undefined> =>
        (await aws("AWSStepFunctions.ListExecutions", { stateMachineArn })).executions[0]?.status;
      const containers = async (desiredStatus: string): Promise<{ startedBy: string; stoppedReason?: string; tags: unknown }[]> => {
        const { taskArns } = await aws("AmazonEC2ContainerServiceV20141113.ListTasks", { cluster: "default", desiredStatus });
        if (taskArns.length === 0) return [];
        const { tasks } = await aws("AmazonEC2ContainerServiceV20141113.DescribeTasks", {
          cluster: "default",
          tasks: taskArns,
          include: ["TAGS"],
        });
        return tasks.filter(({ startedBy }: { startedBy: string }) => startedBy.startsWith(`qmoi-${STAGE}-${cancelled}-`));
      };
      await until(async () => (await executed()) === "RUNNING" && (await containers("RUNNING")).length === 1);
      expect(await containers("RUNNING")).toMatchObject([{ tags: [{ key: "qmoi", value: `qmoi-${STAGE}` }] }]);
      expect((await stage().as("operator")("POST", `/v1/runs/${cancelled}/cancel`, { reason: "enough" })).status).toBeLessThan(300);
      await until(async () => (await executed()) === "ABORTED" && (await containers("STOPPED")).length === 1);
      const [stopped] = await containers("STOPPED");
      expect(stopped).toMatchObject({ stoppedReason: expect.stringMatching(/^QMOI_TASK_CANCELLED/) });
      // The emulator tells of no container's end: what ECS tells.
      const detail = { ...stopped, stopCode: "UserInitiated", containers: [{ name: "qmoi-work-train", exitCode: 143 }] };
      const { QueueUrl } = await aws("AmazonSQS.GetQueueUrl", { QueueName: `qmoi-${STAGE}-completions` });
      const MessageBody = JSON.stringify({ source: "aws.ecs", "detail-type": "ECS Task State Change", detail });
      await aws("AmazonSQS.SendMessage", { QueueUrl, MessageBody });
      const view = async () => (await stage().as("viewer")("GET", `/v1/runs/${cancelled}`)).body;
      await until(async () => (await view()).state === "cancelled");
      expect(await view()).toMatchObject({ tasks: { cancelled: 2 } });
    },
    5 * MINUTE,
  );

  it(
    "fills in secrets of Parameter Store and Secrets Manager, and shows them nowhere",
    async () => {
      const at = `qmoi-${STAGE}-secrets/token`;
      await aws("AmazonSSM.PutParameter", { Name: `/${at}`, Value: "from-ssm", Type: "SecureString" });
      await aws("secretsmanager.CreateSecret", { Name: at, SecretString: "from-manager" });
      const target = (secretRef: string) => ({
        type: "http",
        url: `${stage().work.url}/secret`,
        headers: { "x-secrets": { secretRef } },
        allowPrivate: true,
      });
      for (const [reference, value] of [
        [`ssm:/${at}`, "from-ssm"],
        [`secretsmanager:${at}`, "from-manager"],
      ] as const) {
        expect(await endedRun(stage(), await run("secret", [{ name: "s", target: target(reference) }]))).toMatchObject({
          state: "succeeded",
        });
        expect(stage().work.secrets()).toBe(value);
      }
      const other = await run("other-secret", [{ name: "s", target: target("env:HOME"), retry: { attempts: 1 } }]);
      expect(await endedRun(stage(), other)).toMatchObject({ state: "failed" });
      expect(await history("other-secret")).toMatchObject([{ failure: { code: "QMOI_SECRET_MISSING" } }]);
      expect(JSON.stringify(await history("secret"))).not.toMatch(/from-(ssm|manager)/);
    },
    5 * MINUTE,
  );

  it(
    "runs 20 http tasks at once in one invocation",
    async () => {
      const tasks = Array.from({ length: 20 }, (_, n) => ({
        name: `t${n}`,
        resources: { pool: "twenty" },
        target: { type: "http", url: `${stage().work.url}/together/${n}`, allowPrivate: true },
      }));
      const started = await startedRun(stage(), { name: "together", pools: { twenty: { slots: 20 } }, tasks } as { name: string });
      // None is answered before all have come.
      expect(await endedRun(stage(), started)).toMatchObject({ state: "succeeded", tasks: { succeeded: 20 } });
      const workers = (await history("together")).map(({ worker }: { worker: string }) => worker);
      const most = Math.max(...workers.map((one: string) => workers.filter((other: string) => other === one).length));
      // Where a message is received apart from the others, another invocation has its two.
      expect(most).toBeGreaterThan(10);
    },
    5 * MINUTE,
  );
};
