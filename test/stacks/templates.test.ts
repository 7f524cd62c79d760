import { readFileSync } from "node:fs";
import { STAGE } from "@qmoi/cloud-integration";
import { beforeAll, expect, it } from "vitest";
import type { Permission, Template } from "../../stacks/permissions.ts";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";

const STAGES = ["dev", "staging", "prod"] as const;

/** What changes with any code: an asset's hash, and the name of a version, which holds it. */
const settled = (template: Template): string =>
  `${JSON.stringify(template, null, 2)
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<hash>")
    .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, "$1<hash>")}\n`;

suite("the stacks' templates", missingDeployPackages, () => {
  let templates: ReadonlyMap<string, ReadonlyMap<string, Template>>;
  let permissions: readonly Permission[];
  let iamPage: () => string;
  const prod = (): ReadonlyMap<string, Template> => templates.get("prod") as ReadonlyMap<string, Template>;
  const resources = (type: string, stage = "prod") =>
    [...(templates.get(stage)?.values() ?? [])].flatMap(({ Resources }) => Object.values(Resources).filter(({ Type }) => Type === type));
  const holders = (action: string, on = /./): string[] =>
    [...new Set(permissions.filter((one) => one.action === action && on.test(one.on)).map(({ who }) => who))].sort();

  beforeAll(async () => {
    const { templatesOf } = await import("../../stacks/templates.ts");
    const { permissionsOf } = await import("../../stacks/permissions.ts");
    ({ iamPage } = await import("../../stacks/iam-page.ts"));
    templates = new Map(STAGES.map((stage) => [stage, templatesOf(stage)]));
    permissions = permissionsOf([...prod().values()]);
  }, 120_000);

  it("are what was agreed: `npx vitest run test/stacks -u` writes them anew", async () => {
    for (const [name, template] of prod()) await expect(settled(template)).toMatchFileSnapshot(`snapshots/${name}.json`);
  });

  it("give no permission that docs/iam.md doesn't explain", () => {
    expect(readFileSync("docs/iam.md", "utf8")).toBe(iamPage());
  });

  it("give to everybody in a row of docs/iam.md all that the row says, and nothing beside", () => {
    const told = iamPage()
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(" | ").map((cell) => [...cell.matchAll(/`[^`]+`/g)].length));
    expect(told.length).toBeGreaterThan(40);
    expect(told.reduce((sum, [actions = 0, , who = 0]) => sum + actions * who, 0)).toBe(permissions.length);
  });

  it("give each function what it does, and nothing else", () => {
    const name = (own: string): string => `qmoi-prod-${own}`;
    // Who runs a user's code may only tell how it went.
    const [task] = holders("logs:PutLogEvents").filter((who) => /-task-[0-9a-f]{12}$/.test(who));
    expect(permissions.filter(({ who, action }) => who === task && !/^(logs|xray):/.test(action))).toEqual(
      ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"].map((action) => ({
        who: task,
        action,
        on: "queue qmoi-prod-completions",
      })),
    );
    expect(holders("ssm:GetParameter", /-secrets/)).toEqual([name("task-runner")]);
    expect(holders("secretsmanager:GetSecretValue", /-secrets/)).toEqual([name("task-runner")]);
    expect(holders("lambda:InvokeFunction", /^lambda function:[^:]*$/)).toEqual([name("task-runner")]);
    // AWS knows no narrower resource of either than functions.
    expect(permissions.filter(({ action }) => /^lambda:(UpdateAlias|DeleteFunction)$/.test(action))).toEqual([
      { who: name("master"), action: "lambda:UpdateAlias", on: "lambda function:qmoi-prod-*" },
      { who: name("master"), action: "lambda:DeleteFunction", on: "lambda function:qmoi-prod-*" },
    ]);
    expect(holders("lambda:InvokeFunction", /^lambda function:qmoi-prod-\*:\*$/)).toEqual([name("master")]);
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"])
      expect(holders(action, /Backups/)).toEqual(["api", "master", "master-automation"].map(name));
    for (const action of ["ssm:GetParameter", "secretsmanager:GetSecretValue"])
      expect(holders(action, /backup-key/)).toEqual(["api", "master", "master-automation"].map(name));
    // Nothing is archived yet.
    expect(permissions.filter(({ on }) => /Archives/.test(on))).toEqual([]);
    expect(holders("lambda:GetAlias")).toEqual(["api", "master"].map(name));
    expect(holders("states:StartExecution", /qmoi-work-/)).toEqual([name("task-runner")]);
    expect(holders("ecs:RunTask")).toEqual([name("task-runner")]);
    expect(holders("iam:PassRole")).toEqual([name("task-runner")]);
    for (const action of ["states:StopExecution", "ecs:ListTasks", "ecs:StopTask", "ecs:TagResource"])
      expect(holders(action)).toEqual([name("task-runner")]);
    expect(permissions.filter(({ action }) => action === "states:StopExecution").map(({ on }) => on)).toEqual([
      "states execution:qmoi-work-*:qmoi-prod-*",
    ]);
    expect(holders("states:StartExecution", /master-command/)).toEqual(["api", "master-automation"].map(name));
    expect(holders("dynamodb:Scan")).toEqual(["api", "master", "master-automation"].map(name));
    expect(holders("dynamodb:GetRecords")).toEqual(["announcer", "decider"].map(name));
    expect(holders("events:PutEvents")).toEqual([name("announcer")]);
    // Who finds out who calls deletes nothing, and needs no more than keys, failures and the audit.
    expect(
      permissions
        .filter(({ who, action }) => who === name("authorizer") && !action.startsWith("logs:"))
        .map(({ action, on }) => `${action} ${on}`),
    ).toEqual([
      ...["GetItem", "PutItem", "Query"].map((action) => `dynamodb:${action} table qmoi-prod-table`),
      ...["GetParameter", "PutParameter"].map((action) => `ssm:${action} ssm parameter/qmoi-prod-audit-key`),
    ]);
  });

  it("give nobody everything, and roles to ECS alone", () => {
    for (const { action, on } of permissions) {
      expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      // Deliveries of logs know no resource of their own, and neither do the listing of streams and tasks, traces and metrics.
      if (on === "*") expect(action).toMatch(/^(logs:|(dynamodb:ListStreams|ecs:ListTasks)$|xray:|cloudwatch:)/);
    }
    const passes = resources("AWS::IAM::Policy")
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().includes("iam:PassRole"));
    const conditionOf = (action: string): unknown =>
      resources("AWS::IAM::Policy")
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .find(({ Action }) => [Action].flat().includes(action)).Condition;
    expect(conditionOf("ecs:StopTask")).toEqual({ StringEquals: { "aws:ResourceTag/qmoi": "qmoi-prod" } });
    expect(conditionOf("ecs:TagResource")).toEqual({ StringEquals: { "ecs:CreateAction": "RunTask" } });
    expect(passes).toHaveLength(1);
    expect(passes[0].Condition).toEqual({ StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
  });

  it("encrypt what is stored, and let nobody in from outside", () => {
    for (const { Properties } of resources("AWS::SQS::Queue")) expect(Properties).toMatchObject({ SqsManagedSseEnabled: true });
    for (const { Properties } of resources("AWS::S3::Bucket"))
      expect(Properties).toMatchObject({
        BucketEncryption: expect.anything(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
    for (const type of ["AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"])
      for (const { Properties } of resources(type))
        for (const { Effect, Principal, Condition } of Properties.PolicyDocument.Statement) {
          if (Effect === "Deny") expect(Condition).toEqual({ Bool: { "aws:SecureTransport": "false" } });
          else {
            expect(Principal).toEqual({ Service: "events.amazonaws.com" });
            expect(Condition.ArnEquals).toHaveProperty("aws:SourceArn");
          }
        }
    for (const { Properties } of resources("AWS::Lambda::Permission")) {
      expect(Properties.Principal).toMatch(/^(apigateway|events)\.amazonaws\.com$/);
      expect(Properties).toHaveProperty("SourceArn");
    }
    expect(resources("AWS::Lambda::Url")).toEqual([]);
    for (const { Properties } of resources("AWS::ApiGatewayV2::Route"))
      expect([Properties.RouteKey, Properties.AuthorizationType]).toEqual([
        Properties.RouteKey,
        Properties.RouteKey === "GET /v1/health" ? "NONE" : "CUSTOM",
      ]);
    for (const { Properties } of resources("AWS::ApiGatewayV2::Api")) expect(Properties).not.toHaveProperty("CorsConfiguration");
  });

  it("try an event again, and keep as a dead letter what no target took", () => {
    const targets = resources("AWS::Events::Rule").flatMap(({ Properties }) => Properties.Targets);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) {
      expect(target.DeadLetterConfig.Arn).toBeDefined();
      expect(target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    }
  });

  it("throttle the API, and log who asks what, but no header and no query", () => {
    const [{ Properties }, ...others] = resources("AWS::ApiGatewayV2::Stage") as unknown as [
      { Properties: Record<string, Record<string, string>> },
    ];
    expect(others).toEqual([]);
    expect(Properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 });
    const logged = Object.values(JSON.parse(Properties.AccessLogSettings?.Format ?? "")) as string[];
    expect(logged).toEqual(
      expect.arrayContaining(["$context.identity.sourceIp", "$context.httpMethod", "$context.path", "$context.status"]),
    );
    expect(logged.filter((what) => /header|query|authorizer/i.test(what))).toEqual([]);
  });

  it("hold no secret in an environment", () => {
    for (const { Properties } of resources("AWS::Lambda::Function"))
      for (const name of Object.keys(Properties.Environment.Variables))
        expect(name).toMatch(/^(QMOI_[A-Z_]+|NODE_OPTIONS|POWERTOOLS_[A-Z_]+)$/);
  });

  it.each(STAGES)("of %s keep logs, data and queues as long as the stage says", (stage) => {
    const { days, keeps } = { dev: { days: 7, keeps: false }, staging: { days: 30, keeps: false }, prod: { days: 90, keeps: true } }[stage];
    const names = new Set(resources("AWS::Lambda::Function", stage).map(({ Properties }) => `/aws/lambda/${Properties.FunctionName}`));
    const logs = resources("AWS::Logs::LogGroup", stage).filter(({ Properties }) => names.has(Properties.LogGroupName));
    expect(logs).toHaveLength(names.size);
    for (const { Properties } of resources("AWS::Logs::LogGroup", stage)) expect(Properties.RetentionInDays).toBe(days);
    for (const type of ["AWS::DynamoDB::Table", "AWS::S3::Bucket"])
      for (const resource of resources(type, stage)) expect(resource).toMatchObject({ DeletionPolicy: keeps ? "Retain" : "Delete" });
    expect(resources("AWS::DynamoDB::Table", stage)[0]?.Properties.PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
    });
    for (const { Properties } of resources("AWS::S3::Bucket", stage))
      expect(Properties.LifecycleConfiguration.Rules).toContainEqual(
        expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 }, Status: "Enabled" }),
      );
    for (const { Properties } of resources("AWS::SQS::Queue", stage))
      if (/dead-letters$/.test(Properties.QueueName)) expect(Properties.MessageRetentionPeriod).toBe(14 * 86_400);
      else expect(Properties.RedrivePolicy.maxReceiveCount).toBe(3);
  });

  it.each(STAGES)("of %s tag all that can be, with app, stage, owner and cost-centre", (stage) => {
    const wanted = ["app", "cost-centre", "owner", "stage"];
    let tagged = 0;
    for (const type of ["AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::IAM::Role"])
      for (const { Properties } of resources(type, stage)) {
        const tags = Object.fromEntries(Properties.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
        expect(Object.keys(tags).sort()).toEqual(wanted);
        expect(tags).toMatchObject({ app: "qmoi", stage });
        tagged++;
      }
    expect(tagged).toBeGreaterThan(20);
  });

  it("are what estimates of their cost take them for", () => {
    const count = (type: string, filter: (properties: never) => boolean = () => true): number =>
      resources(type).filter(({ Properties }) => filter(Properties as never)).length;
    expect({
      alarms: count("AWS::CloudWatch::Alarm"),
      dashboards: count("AWS::CloudWatch::Dashboard"),
      modules: count("AWS::Events::Rule", ({ ScheduleExpression }: { ScheduleExpression?: string }) => ScheduleExpression !== undefined),
      queues: count(
        "AWS::Lambda::EventSourceMapping",
        ({ StartingPosition }: { StartingPosition?: string }) => StartingPosition === undefined,
      ),
    }).toEqual({ alarms: STAGE.alarms, dashboards: STAGE.dashboards, modules: STAGE.modules, queues: STAGE.queues });
    for (const { Properties } of resources("AWS::Lambda::Function"))
      if (/-(decider|task-runner|completer)$/.test(Properties.FunctionName)) expect(Properties.MemorySize).toBe(STAGE.functionMb);
  });

  it("give every function the same hardening", () => {
    for (const stage of STAGES)
      for (const { Properties } of resources("AWS::Lambda::Function", stage)) {
        expect(Properties).toMatchObject({
          Architectures: ["arm64"],
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          LoggingConfig: { LogGroup: expect.anything(), LogFormat: "JSON", SystemLogLevel: "WARN" },
        });
        // A user's code has its maps read at its start; QMOI's own are read when there is an error to tell.
        const { NODE_OPTIONS } = Properties.Environment.Variables;
        expect(NODE_OPTIONS).toBe(/-task-[0-9a-f]{12}$/.test(Properties.FunctionName) ? "--enable-source-maps" : undefined);
        expect(Properties.Role["Fn::GetAtt"]).toHaveLength(2);
        // Tracing is the stage's choice, and off.
        expect(Properties).not.toHaveProperty("TracingConfig");
        expect(Properties).not.toHaveProperty("ReservedConcurrentExecutions");
      }
    const roles = resources("AWS::Lambda::Function").map(({ Properties }) => Properties.Role["Fn::GetAtt"][0]);
    expect(new Set(roles).size).toBe(roles.length);
    const aliases = resources("AWS::Lambda::Alias");
    expect(aliases.map(({ Properties }) => Properties.Name)).toEqual(roles.map(() => "live"));
    for (const { Properties } of resources("AWS::Lambda::EventSourceMapping"))
      expect(JSON.stringify(Properties.FunctionName)).toContain("Live");
  });
});

it("sst.config.ts is under 30 lines", () => {
  expect(readFileSync("sst.config.ts", "utf8").split("\n").length).toBeLessThan(30);
});
