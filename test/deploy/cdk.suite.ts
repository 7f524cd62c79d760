import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";
import { apiCaller } from "./api-caller.ts";
import { awsRequest, lambdaRequest } from "./aws-request.ts";
import { MINUTE } from "./deployed.ts";
import { giveWay, type Ministack, missingPython, startMinistack } from "./ministack.ts";
import { newerCopy, removeCopy } from "./newer-copy.ts";

const STAGE = "plain";

/** The same stacks without SST. */
suite("what cdk deploys", missingDeployPackages ?? missingPython, () => {
  let aws: Ministack;
  const folder = mkdtempSync(join(tmpdir(), "qmoi-cdk-"));
  const cdkIn = (cwd: string, ...args: string[]): Promise<unknown> => {
    const common = ["--output", join(folder, "assembly"), "--ci", "--no-notices"];
    return promisify(execFile)("cdk", [...args, ...common], { cwd, env: aws.env, maxBuffer: 2 ** 26 });
  };
  const cdk = (...args: string[]): Promise<unknown> => cdkIn(process.cwd(), ...args);
  const all = ["--all", "-c", `stage=${STAGE}`] as const;

  beforeAll(async () => {
    giveWay();
    aws = await startMinistack();
  }, 2 * MINUTE);
  afterAll(async () => {
    await aws?.stop();
    rmSync(folder, { recursive: true });
  });

  it(
    "answers, stays as it is when a newer version is deployed beside it, and is taken away",
    async () => {
      await cdk("bootstrap", "aws://000000000000/us-east-1", "-c", `stage=${STAGE}`);
      const outputs = join(folder, "outputs.json");
      await cdk("deploy", ...all, "--require-approval", "never", "--outputs-file", outputs);
      const url = JSON.parse(readFileSync(outputs, "utf8"))[`${STAGE}-qmoi-api`].ApiUrl;
      const call = apiCaller(aws.port, new URL(url).hostname);
      expect(await call("GET", "/v1/health")).toMatchObject({ status: 200, body: { status: "ok" } });
      expect((await call("GET", "/v1/runs")).status).toBeGreaterThanOrEqual(401);

      const newer = await newerCopy();
      await cdkIn(newer, "deploy", `${STAGE}-qmoi-engine`, "--exclusively", "-c", `stage=${STAGE}`, "--require-approval", "never");
      await removeCopy(newer);
      const decider = `qmoi-${STAGE}-decider`;
      const { Versions } = await lambdaRequest(aws.port, "GET", `${decider}/versions`);
      expect(Versions.map(({ Version }: { Version: string }) => Version)).toEqual(["$LATEST", "1", "2"]);
      expect(await lambdaRequest(aws.port, "GET", `${decider}/aliases/live`)).toMatchObject({ FunctionVersion: "1" });

      await cdk("destroy", ...all, "--force");
      expect(await awsRequest(aws.port, "DynamoDB_20120810.ListTables", {})).toMatchObject({ TableNames: [] });
      const { QueueUrls = [] } = await awsRequest(aws.port, "AmazonSQS.ListQueues", {});
      expect(QueueUrls).toEqual([]);
    },
    20 * MINUTE,
  );
});
