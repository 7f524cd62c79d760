import { ArnFormat, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Match, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDlq, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { grantBackupKey } from "./constructs/grants.ts";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import { deadLetterQueue, hardenedQueue } from "./constructs/hardened-queue.ts";
import type { DataStack } from "./data-stack.ts";
import { machineName, prefixOf, type Stage } from "./stages.ts";

/** A message that failed so often goes to the dead letters. */
const MOST_RECEIVES = 3;
/** The most that SQS gives without waiting for more; a message holds up to two hints, so that one invocation works on 20 tasks at a time. */
const MESSAGES_AT_ONCE = 10;

/** Decider, task-runner and completer, and the queues between them. */
export class EngineStack extends Stack {
  readonly hints: Queue;
  readonly wakes: Queue;
  readonly completions: Queue;
  readonly deadLetters: Queue;
  readonly decider: HardenedFunction;
  readonly runner: HardenedFunction;
  readonly completer: HardenedFunction;
  readonly #stage: Stage;
  readonly #data: DataStack;

  constructor(scope: Construct, id: string, stage: Stage, data: DataStack, props?: StackProps) {
    super(scope, id, props);
    this.#stage = stage;
    this.#data = data;
    this.deadLetters = deadLetterQueue(this, stage, "dead-letters");
    this.hints = this.#queue("hints", Duration.minutes(15));
    this.wakes = this.#queue("wakes", Duration.minutes(2));
    this.completions = this.#queue("completions", Duration.minutes(2));
    this.decider = this.#function("decider", "Folds ended attempts into runs and starts what follows", Duration.minutes(1));
    this.runner = this.#function("task-runner", "Claims attempts, runs their targets and ends them", Duration.minutes(15));
    this.completer = this.#function("completer", "Ends attempts whose work ran elsewhere", Duration.minutes(1));
    this.#consume(this.wakes, this.decider);
    this.#consume(this.completions, this.completer);
    this.#consume(this.hints, this.runner, stage.runners);
    this.#follow();
    this.#hear("executions", "aws.states", "Step Functions Execution Status Change", {
      status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
      name: Match.prefix(prefixOf(stage)),
    });
    this.#hear("containers", "aws.ecs", "ECS Task State Change", { lastStatus: ["STOPPED"], startedBy: Match.prefix(prefixOf(stage)) });
    this.#allowTargets();
  }

  /** What every function of the stage may know. */
  get variables(): Readonly<Record<string, string>> {
    return {
      QMOI_TABLE: this.#data.table.tableName,
      QMOI_BLOBS: this.#data.blobs.bucketName,
      QMOI_BACKUPS: this.#data.backups.bucketName,
      QMOI_HINTS: this.hints.queueUrl,
      QMOI_WAKES: this.wakes.queueUrl,
      QMOI_COMPLETIONS: this.completions.queueUrl,
      QMOI_PREFIX: prefixOf(this.#stage),
      QMOI_MACHINE: this.formatArn({
        service: "states",
        resource: "stateMachine",
        resourceName: machineName(this.#stage),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      QMOI_LOG_LEVEL: this.#stage.logLevel,
    };
  }

  /** Lets a function work as an engine does: read and write runs, and send what follows. */
  grantEngine(to: HardenedFunction): void {
    this.#grantTable(to);
    this.#grantObjects(to, this.#data.blobs);
    for (const queue of [this.hints, this.wakes, this.completions]) queue.grantSendMessages(to);
  }

  /** Lets a function read and write items. */
  #grantTable(to: HardenedFunction): void {
    const { tableArn } = this.#data.table;
    to.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"], [tableArn]);
    to.allow(["dynamodb:Query"], [`${tableArn}/index/index1`, `${tableArn}/index/index2`]);
  }

  #grantObjects(to: HardenedFunction, { bucketArn }: Bucket): void {
    to.allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [`${bucketArn}/*`]);
    // Without it, what is absent is forbidden instead.
    to.allow(["s3:ListBucket"], [bucketArn]);
  }

  /** Lets a function find out who calls: it reads keys, and notes their use, failures and what the audit says of these. */
  grantAccess(to: HardenedFunction): void {
    to.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], [this.#data.table.tableArn]);
  }

  /** Lets a function carry out what people and commands ask for: backups and migrations read the whole table. */
  grantCommands(to: HardenedFunction): void {
    this.grantEngine(to);
    this.#grantObjects(to, this.#data.backups);
    grantBackupKey(to, this.#stage);
    to.allow(["dynamodb:Scan"], [this.#data.table.tableArn]);
  }

  #queue(name: string, visibility: Duration): Queue {
    return hardenedQueue(this, name, this.#stage, name, {
      visibilityTimeout: visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_RECEIVES },
    });
  }

  #function(name: string, description: string, timeout: Duration): HardenedFunction {
    const made = new HardenedFunction(this, name, {
      stage: this.#stage,
      name,
      module: "advanced-automation",
      description,
      source: { entry: `functions/aws/${name}.ts` },
      timeout,
      environment: this.variables,
    });
    this.grantEngine(made);
    return made;
  }

  #consume(queue: Queue, by: HardenedFunction, maxConcurrency?: number): void {
    queue.grantConsumeMessages(by);
    const batchSize = MESSAGES_AT_ONCE;
    by.live.addEventSource(
      new SqsEventSource(queue, { batchSize, reportBatchItemFailures: true, ...(maxConcurrency === undefined ? {} : { maxConcurrency }) }),
    );
  }

  /** Has the end of the stage's work elsewhere told to the completer. */
  #hear(what: string, source: string, detailType: string, detail: Record<string, string[]>): void {
    new Rule(this, `Ended-${what}`, {
      ruleName: `${prefixOf(this.#stage)}ended-${what}`,
      description: `Tells how ${what} ended that tasks began`,
      eventPattern: { source: [source], detailType: [detailType], detail },
      targets: [new SqsQueue(this.completions, { deadLetterQueue: this.deadLetters, retryAttempts: 5, maxEventAge: Duration.hours(1) })],
    });
  }

  /** What targets begin: the stage's own functions of tasks, and whatever has a name that the stage allows. */
  #allowTargets(): void {
    const { workNames } = this.#stage;
    const named = (service: string, resource: string, names: readonly string[] = workNames): string[] =>
      names.map((name) => this.formatArn({ service, resource: `${resource}${name}` }));
    this.runner.allow(["lambda:InvokeFunction"], named("lambda", "function:", [`${prefixOf(this.#stage)}task-*`, ...workNames]));
    this.runner.allow(["states:StartExecution"], named("states", "stateMachine:"));
    this.runner.allow(["ecs:RunTask"], named("ecs", "task-definition/"));
    this.#allowStops(
      named(
        "states",
        "execution:",
        workNames.map((name) => `${name}:${prefixOf(this.#stage)}*`),
      ),
    );
    // A task definition names the roles under which its containers run.
    const roles = workNames.map((name) => this.formatArn({ service: "iam", region: "", resource: "role", resourceName: name }));
    const conditions = { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } };
    this.runner.role.addToPolicy(new PolicyStatement({ actions: ["iam:PassRole"], resources: roles, conditions }));
    const secrets = `${prefixOf(this.#stage)}secrets/*`;
    this.runner.allow(["ssm:GetParameter"], [this.formatArn({ service: "ssm", resource: "parameter", resourceName: secrets })]);
    // Secrets Manager adds six characters to a secret's name.
    const managed = this.formatArn({
      service: "secretsmanager",
      resource: "secret",
      resourceName: secrets,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.runner.allow(["secretsmanager:GetSecretValue"], [managed]);
  }

  /** Of what targets began, only that of this stage: executions by their name, tasks of ECS by their tag. */
  #allowStops(executions: readonly string[]): void {
    this.runner.allow(["states:StopExecution"], executions);
    // It knows no narrower resource.
    this.runner.allow(["ecs:ListTasks"], ["*"]);
    const tasks = [this.formatArn({ service: "ecs", resource: "task/*" })];
    const tagged = { StringEquals: { "ecs:CreateAction": "RunTask" } };
    this.runner.role.addToPolicy(new PolicyStatement({ actions: ["ecs:TagResource"], resources: tasks, conditions: tagged }));
    const own = { StringEquals: { "aws:ResourceTag/qmoi": prefixOf(this.#stage).replace(/-$/, "") } };
    this.runner.role.addToPolicy(new PolicyStatement({ actions: ["ecs:StopTask"], resources: tasks, conditions: own }));
  }

  /** Only what the decider has to know wakes it: new runs, ended attempts, and the control item. */
  #follow(): void {
    const { table } = this.#data;
    table.grantStreamRead(this.decider);
    const run = { pk: { S: FilterRule.beginsWith("R#") } };
    new EventSourceMapping(this, "Changes", {
      target: this.decider.live,
      eventSourceArn: table.tableStreamArn as string,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 3,
      maxRecordAge: Duration.minutes(5),
      onFailure: new SqsDlq(this.deadLetters),
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual("INSERT"),
          dynamodb: { Keys: { ...run, sk: { S: FilterRule.isEqual("H") } } },
        }),
        FilterCriteria.filter({
          dynamodb: { Keys: run, NewImage: { s: { S: FilterRule.or("succeeded", "failed", "cancelled", "void") } } },
        }),
        FilterCriteria.filter({ dynamodb: { Keys: { pk: { S: FilterRule.isEqual("CTL") } } } }),
      ],
    });
    this.deadLetters.grantSendMessages(this.decider);
  }
}
