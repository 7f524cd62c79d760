import { join } from "node:path";
import { expect, it } from "vitest";
import { awsRequest, lambdaRequest } from "./aws-request.ts";
import { type Deployed, endedRun, MINUTE, STAGE, startedRun, until } from "./deployed.ts";

const FUNCTION = `qmoi-${STAGE}-completer`;
/** A function's environment without what it needs: it fails at each start, as after a bad deploy. */
const BROKEN = { Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } } };

/** What becomes of messages that no function could take. */
export const deadLetterScenes = (stage: () => Deployed): void => {
  it(
    "keeps messages that a broken version could not take, and takes them once it is rolled back and they are redriven",
    async () => {
      const { port } = stage().aws;
      const queue = async (name: string): Promise<string> =>
        (await awsRequest(port, "AmazonSQS.GetQueueUrl", { QueueName: `qmoi-${STAGE}-${name}` })).QueueUrl;
      const [completions, letters] = [await queue("completions"), await queue("dead-letters")];
      const seconds = (VisibilityTimeout: string): Promise<unknown> =>
        awsRequest(port, "AmazonSQS.SetQueueAttributes", { QueueUrl: completions, Attributes: { VisibilityTimeout } });
      const letter = async (): Promise<{ Body: string; ReceiptHandle: string } | undefined> =>
        (await awsRequest(port, "AmazonSQS.ReceiveMessage", { QueueUrl: letters, MaxNumberOfMessages: 1, VisibilityTimeout: 60 }))
          .Messages?.[0];
      const alias = (FunctionVersion: string): Promise<unknown> =>
        lambdaRequest(port, "PUT", `${FUNCTION}/aliases/live`, { FunctionVersion });

      const good = (await lambdaRequest(port, "GET", `${FUNCTION}/aliases/live`)).FunctionVersion;
      const { Environment } = await lambdaRequest(port, "GET", `${FUNCTION}/configuration`);
      await lambdaRequest(port, "PUT", `${FUNCTION}/configuration`, BROKEN);
      await alias((await lambdaRequest(port, "POST", `${FUNCTION}/versions`, {})).Version);
      await seconds("1");
      const payload = { folder: join(process.cwd(), "test/fixtures/cli-schemas") };
      const tasks = [{ name: "look", target: { type: "function", module: "./example/word-counts.ts", export: "list" }, payload }];
      const run = await startedRun(stage(), { name: "unheard", tasks } as { name: string });
      let dead: Awaited<ReturnType<typeof letter>>;
      await until(async () => {
        dead = await letter();
        return dead !== undefined;
      });
      expect(dead?.Body).toContain(`${run}/`);
      expect((await stage().as("viewer")("GET", `/v1/runs/${run}`)).body).toMatchObject({ state: "running" });

      await lambdaRequest(port, "PUT", `${FUNCTION}/configuration`, { Environment });
      await alias(good);
      // What is newest is what updates lead to: one that works again.
      await lambdaRequest(port, "POST", `${FUNCTION}/versions`, {});
      await seconds("120");
      await awsRequest(port, "AmazonSQS.SendMessage", { QueueUrl: completions, MessageBody: dead?.Body });
      await awsRequest(port, "AmazonSQS.DeleteMessage", { QueueUrl: letters, ReceiptHandle: dead?.ReceiptHandle });
      expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded" });
    },
    6 * MINUTE,
  );
};
