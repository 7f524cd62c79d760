import { afterAll, beforeAll, expect, it } from "vitest";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";
import { awsRequest } from "./aws-request.ts";
import { byItselfScenes } from "./by-itself.ts";
import { commandScenes } from "./command.ts";
import { commandLineScenes } from "./command-line.ts";
import { costScenes } from "./cost.ts";
import { deadLetterScenes } from "./dead-letter.ts";
import { type Deployed, deploy, MINUTE, STAGE } from "./deployed.ts";
import { elsewhereScenes } from "./elsewhere.ts";
import { emergencyScenes } from "./emergency.ts";
import { missingPython } from "./ministack.ts";
import { observabilityScenes } from "./observability.ts";
import { providerScenes } from "./providers.ts";
import { teardownScenes } from "./teardown.ts";
import { updateScenes } from "./update.ts";
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

  it(
    "records and counts failed logins, over all processes of the authorizer",
    async () => {
      const authorization = `Bearer qmoi_0123456789ab_${"0".repeat(40)}`;
      for (let n = 0; n < 3; n++)
        expect((await stage.as()("GET", "/v1/runs", undefined, { authorization })).status).toBeGreaterThanOrEqual(401);
      const { items } = (await stage.as("operator")("GET", "/v1/audit?action=login.fail")).body;
      expect(items).toContainEqual(expect.objectContaining({ action: "login.fail", subject: "0123456789ab", outcome: "refused" }));
      const { Items } = await awsRequest(stage.aws.port, "DynamoDB_20120810.Scan", { TableName: `qmoi-${STAGE}-table` });
      const counts = Items.filter(({ pk }: { pk: { S: string } }) => pk.S.startsWith("LOGIN#")).map(({ n }: { n: { N: string } }) => n.N);
      expect(counts).toEqual(expect.arrayContaining(["3"]));
    },
    MINUTE,
  );

  workScenes(() => stage);
  elsewhereScenes(() => stage);
  costScenes(() => stage);
  commandLineScenes(() => stage);
  deadLetterScenes(() => stage);
  emergencyScenes(() => stage);
  updateScenes(() => stage);
  providerScenes(() => stage);
  byItselfScenes(() => stage);
  observabilityScenes(() => stage);
  commandScenes(() => stage);

  teardownScenes(() => stage);
});
