import { afterAll, beforeAll, expect, it } from "vitest";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";
import { awsRequest } from "./aws-request.ts";
import { commandScenes } from "./command.ts";
import { type Deployed, deploy, MINUTE, STAGE, until } from "./deployed.ts";
import { missingPython } from "./ministack.ts";
import { sst } from "./sst.ts";
import { workScenes } from "./work.ts";

suite("what is deployed", missingDeployPackages ?? missingPython, () => {
  let stage: Deployed;

  beforeAll(async () => {
    stage = await deploy();
  }, 12 * MINUTE);

  afterAll(() => stage?.close());

  it(
    "lets nobody in without a key, and says that it lives",
    async () => {
      expect((await stage.as()("GET", "/v1/runs")).status).toBeGreaterThanOrEqual(401);
      expect(await stage.as()("GET", "/v1/health")).toMatchObject({ status: 200, body: { status: "ok" } });
      expect(await stage.as("viewer")("GET", "/v1/runs")).toMatchObject({ status: 200, body: { items: [] } });
      expect(await stage.as("viewer")("POST", "/v1/runs", { workflow: "w" })).toMatchObject({ status: 403 });
    },
    MINUTE,
  );

  workScenes(() => stage);

  it(
    "gives up a message that no function can take, and redrives it",
    async () => {
      const url = async (name: string): Promise<string> =>
        (await awsRequest(stage.aws.port, "AmazonSQS.GetQueueUrl", { QueueName: `qmoi-${STAGE}-${name}` })).QueueUrl;
      const [completions, letters] = [await url("completions"), await url("dead-letters")];
      const waiting = async (): Promise<number> => {
        const asked = { QueueUrl: letters, AttributeNames: ["ApproximateNumberOfMessages"] };
        return Number((await awsRequest(stage.aws.port, "AmazonSQS.GetQueueAttributes", asked)).Attributes.ApproximateNumberOfMessages);
      };
      const before = await waiting();
      await awsRequest(stage.aws.port, "AmazonSQS.SendMessage", { QueueUrl: completions, MessageBody: "not JSON" });
      await until(async () => (await waiting()) > before);
    },
    10 * MINUTE,
  );

  commandScenes(() => stage);

  it(
    "takes away what is not meant to stay",
    async () => {
      await sst(["remove", "--stage", STAGE], stage.aws.env);
      expect(await awsRequest(stage.aws.port, "DynamoDB_20120810.ListTables", {})).toMatchObject({ TableNames: [] });
    },
    8 * MINUTE,
  );
});
