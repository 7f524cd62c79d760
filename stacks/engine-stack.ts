import { ArnFormat, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDlq, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import { deadLetterQueue, hardenedQueue } from "./constructs/hardened-queue.ts";
import type { DataStack } from "./data-stack.ts";
import { machineName, prefixOf, type Stage } from "./stages.ts";

/** A message that failed so often goes to the dead letters. */
const MOST_RECEIVES = 3;
/** Hints that one invocation works on at a time. */
const HINTS_AT_ONCE = 10;

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
    this.#consume(this.wakes, this.decider, 10);
    this.#consume(this.completions, this.completer, 10);
    this.#consume(this.hints, this.runner, HINTS_AT_ONCE, stage.runners);
    this.#follow();
    const functions = [`${prefixOf(stage)}task-*`, ...stage.lambdaTargets];
    this.runner.allow(
      ["lambda:InvokeFunction"],
      functions.map((name) => this.formatArn({ service: "lambda", resource: `function:${name}` })),
    );
    const parameters = [this.formatArn({ service: "ssm", resource: "parameter", resourceName: `${prefixOf(stage)}secrets/*` })];
    this.runner.allow(["ssm:GetParameter"], parameters);
  }

  /** What every function of the stage may know. */
  get variables(): Readonly<Record<string, string>> {
    return {
      QMOI_TABLE: this.#data.table.tableName,
      QMOI_BLOBS: this.#data.blobs.bucketName,
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
    this.grantTable(to);
    const { bucketArn } = this.#data.blobs;
    to.allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [`${bucketArn}/*`]);
    // Without it, what is absent is forbidden instead.
    to.allow(["s3:ListBucket"], [bucketArn]);
    for (const queue of [this.hints, this.wakes, this.completions]) queue.grantSendMessages(to);
  }

  /** Lets a function read and write items. */
  grantTable(to: HardenedFunction): void {
    const { tableArn } = this.#data.table;
    to.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query", "dynamodb:Scan"], [tableArn]);
    to.allow(["dynamodb:Query"], [`${tableArn}/index/index1`, `${tableArn}/index/index2`]);
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
      description,
      source: { entry: `functions/aws/${name}.ts` },
      timeout,
      environment: this.variables,
    });
    this.grantEngine(made);
    return made;
  }

  #consume(queue: Queue, by: HardenedFunction, batchSize: number, maxConcurrency?: number): void {
    queue.grantConsumeMessages(by);
    by.live.addEventSource(
      new SqsEventSource(queue, { batchSize, reportBatchItemFailures: true, ...(maxConcurrency === undefined ? {} : { maxConcurrency }) }),
    );
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
