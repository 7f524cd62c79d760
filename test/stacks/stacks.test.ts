import { taskFunctionName } from "@qmoi/adapters/aws";
import type { App, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, expect, it } from "vitest";
import type { Source } from "../../stacks/constructs/bundle.ts";
import { taskFunctionSources } from "../../stacks/task-functions.ts";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";

// Loaded by the suite: what only a deploy needs is not always installed.
let assertions: typeof import("aws-cdk-lib/assertions");
let app: App;
const stack = (name: string): Stack => app.node.findChild(name) as Stack;
const template = (name: string): Template => assertions.Template.fromStack(stack(name));
const NAMES = ["data", "engine", "master", "modules", "api", "observability"];

const sources: Source[] = [];

suite("the stacks", missingDeployPackages, () => {
  beforeAll(async () => {
    assertions = await import("aws-cdk-lib/assertions");
    const { App } = await import("aws-cdk-lib");
    const { addStacks } = await import("../../stacks/index.ts");
    app = new App();
    // The code's own tests are elsewhere: here any folder will do.
    addStacks(app, "prod", (name) => name, {
      bundle: (_, source) => {
        sources.push(source);
        return "config/schema";
      },
    });
  }, 120_000);

  it("leave JSON Schema to the API, which describes itself", () => {
    expect(sources.length).toBeGreaterThan(9);
    expect(sources.filter((source) => "entry" in source && source.describes)).toEqual([{ entry: "functions/aws/api.ts", describes: true }]);
  });

  it("bundle only what is deployed: with one stack its own functions, and none for a removal", async () => {
    const { App } = await import("aws-cdk-lib");
    const { addStacks } = await import("../../stacks/index.ts");
    const bundledFor = (stacks: readonly string[]): readonly string[] => {
      const names: string[] = [];
      const bundle = (name: string): string => {
        names.push(name);
        return "config/schema";
      };
      addStacks(new App({ context: { "aws:cdk:bundling-stacks": stacks } }), "dev", (name) => name, { bundle });
      return names;
    };
    expect(bundledFor(["api"])).toEqual(["qmoi-dev-api", "qmoi-dev-authorizer"]);
    expect(bundledFor([])).toEqual([]);
  });

  it("keep production's data, encrypted and closed", () => {
    const { Match } = assertions;
    const data = template("data");
    data.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        StreamSpecification: { StreamViewType: "NEW_IMAGE" },
        TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
      },
    });
    data.allResources("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      Properties: Match.objectLike({
        BucketEncryption: Match.anyValue(),
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    });
  });

  it("make every function alike: Arm, Node 24, no reserved concurrency, a log that ends, a version behind `live`", () => {
    let functions = 0;
    for (const name of NAMES) {
      const made = template(name);
      for (const resource of Object.values(made.findResources("AWS::Lambda::Function"))) {
        functions++;
        expect(resource.Properties).toMatchObject({ Architectures: ["arm64"], Runtime: "nodejs24.x", Handler: "index.handler" });
        expect(resource.Properties).not.toHaveProperty("ReservedConcurrentExecutions");
      }
      const count = Object.keys(made.findResources("AWS::Lambda::Function")).length;
      made.resourceCountIs("AWS::Lambda::Alias", count);
      for (const log of Object.values(made.findResources("AWS::Logs::LogGroup"))) expect(log.Properties.RetentionInDays).toBeGreaterThan(0);
    }
    expect(functions).toBeGreaterThanOrEqual(8);
  });

  it("trace functions and the state machine where the stage says so, which none does by itself", async () => {
    const { App } = await import("aws-cdk-lib");
    const { DataStack } = await import("../../stacks/data-stack.ts");
    const { EngineStack } = await import("../../stacks/engine-stack.ts");
    const { MasterStack } = await import("../../stacks/master-stack.ts");
    const { stageOf } = await import("../../stacks/stages.ts");
    const { BUNDLING_STACKS } = await import("aws-cdk-lib/cx-api");
    const settings = ["dev", "staging", "prod", "mine"].map((name) => stageOf(name));
    expect(settings.map(({ tracing }) => tracing)).toEqual([false, false, false, false]);
    const app = new App({ context: { [BUNDLING_STACKS]: [] } });
    const stage = { ...stageOf("dev"), tracing: true };
    const engine = new EngineStack(app, "traced-engine", stage, new DataStack(app, "traced-data", stage));
    const master = new MasterStack(app, "traced-master", stage, engine);
    const { Match, Template } = assertions;
    for (const stack of [engine, master])
      Template.fromStack(stack).allResourcesProperties("AWS::Lambda::Function", { TracingConfig: { Mode: "Active" } });
    Template.fromStack(master).hasResourceProperties("AWS::StepFunctions::StateMachine", { TracingConfiguration: { Enabled: true } });
    Template.fromStack(engine).hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(["xray:PutTraceSegments"]) })]) },
    });
  });

  it("give no role everything", () => {
    for (const name of NAMES) {
      for (const policy of Object.values(template(name).findResources("AWS::IAM::Policy"))) {
        for (const { Action, Resource } of policy.Properties.PolicyDocument.Statement) {
          expect([Action].flat()).not.toContain("*");
          // Deliveries of logs know no resource of their own, and neither does the listing of streams and tasks.
          if (Resource === "*")
            for (const action of [Action].flat()) expect(action).toMatch(/^(logs:|(dynamodb:ListStreams|ecs:ListTasks)$|xray:)/);
        }
      }
    }
  });

  it("wake the decider only by what it has to know, and give up a batch after some tries", () => {
    const { Match } = assertions;
    template("engine").hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      FilterCriteria: { Filters: Match.arrayWith([]) },
      DestinationConfig: Match.anyValue(),
    });
  });

  it("derive the same names of the user's functions as the task-runner", () => {
    const sources = taskFunctionSources("config/workflows");
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        taskFunctionName("./example/word-counts.ts", "list"),
        taskFunctionName("./example/word-counts.ts", "report"),
      ]),
    );
    const bound = new Map([["mine", { type: "function", module: "./example/word-counts.ts", export: "mine" } as const]]);
    expect(taskFunctionSources("config/workflows", bound)).toContainEqual(
      expect.objectContaining({ name: taskFunctionName("./example/word-counts.ts", "mine"), workflows: ["the binding mine"] }),
    );
  });

  it("hold every tag of the stage", () => {
    for (const name of NAMES)
      expect(stack(name).tags.tagValues()).toEqual({ app: "qmoi", stage: "prod", owner: "qmoi", "cost-centre": "automation" });
  });

  it("have no finding of AwsSolutions", async () => {
    const { Aspects } = await import("aws-cdk-lib");
    const { AwsSolutionsChecks } = await import("cdk-nag");
    const { Annotations, Match } = assertions;
    Aspects.of(app).add(new AwsSolutionsChecks());
    const findings = NAMES.flatMap((name) =>
      [Annotations.fromStack(stack(name)).findError("*", Match.stringLikeRegexp("AwsSolutions-.*"))]
        .flat()
        .map(({ id, entry }) => `${id}: ${String(entry.data).split("\n")[0]}`),
    );
    expect(findings).toEqual([]);
  });
});
