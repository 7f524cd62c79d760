import { BUILT } from "@qmoi/config/schemas";
import { Duration, Stack } from "aws-cdk-lib";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DataStack } from "../data-stack.ts";
import { prefixOf, type Stage } from "../stages.ts";
import { HardenedFunction } from "./hardened-function.ts";

/** What each module reacts to at once; whatever it misses, its schedule makes up for. Names are those of EVENTS in @qmoi/core. */
const REACTIONS: Readonly<Record<string, readonly string[]>> = {
  // Switches schedules on and off after a change that no command made, such as an emergency stop.
  "master-automation": ["control changed"],
  "health-monitor": ["run failed", "task dead-lettered", "control changed"],
  "parallel-error-fixer": ["task dead-lettered"],
};

export interface ModuleEventsProps {
  readonly stage: Stage;
  readonly data: DataStack;
  readonly environment: Readonly<Record<string, string>>;
  readonly modules: ReadonlyMap<string, HardenedFunction>;
  readonly deadLetters: IQueue;
}

/** A bus that tells what has happened, a function that tells it, and rules for what modules react to. A stage's own rules may listen too. */
export class ModuleEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: ModuleEventsProps) {
    super(scope, id);
    const { stage, modules, deadLetters } = props;
    this.bus = new EventBus(this, "Bus", { eventBusName: `${prefixOf(stage)}events`, description: "What has happened in QMOI" });
    this.#announce(props);
    for (const [module, detailType] of Object.entries(REACTIONS)) {
      const target = modules.get(module);
      if (!BUILT.has(module as never) || !target) continue;
      new Rule(this, `${module}-reacts`, {
        ruleName: `${prefixOf(stage)}${module}-reacts`,
        description: `What ${module} reacts to at once`,
        eventBus: this.bus,
        eventPattern: { source: ["qmoi"], detailType: [...detailType] },
        targets: [new LambdaFunction(target.live, { deadLetterQueue: deadLetters, retryAttempts: 2, maxEventAge: Duration.minutes(5) })],
      });
    }
  }

  /** The table's stream is the outbox: what is stored is told, and again until the bus has taken it. */
  #announce({ stage, data: { table }, environment, deadLetters }: ModuleEventsProps): void {
    const announcer = new HardenedFunction(this, "Announcer", {
      stage,
      name: "announcer",
      module: "master-automation",
      description: "Tells on the event bus what has happened",
      source: { entry: "functions/aws/announcer.ts" },
      timeout: Duration.minutes(1),
      memoryMb: 128,
      environment,
    });
    announcer.allow(
      ["events:PutEvents"],
      [Stack.of(this).formatArn({ service: "events", resource: "event-bus", resourceName: `${prefixOf(stage)}events` })],
    );
    table.grantStreamRead(announcer);
    deadLetters.grantSendMessages(announcer);
    const text = (value: string) => ({ S: FilterRule.isEqual(value) });
    const ended = FilterRule.or("succeeded", "failed", "compensated", "refused");
    const starts = (prefix: string) => ({ S: FilterRule.beginsWith(prefix) });
    new EventSourceMapping(this, "Changes", {
      target: announcer.live,
      eventSourceArn: table.tableStreamArn as string,
      startingPosition: StartingPosition.LATEST,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 10,
      maxRecordAge: Duration.hours(1),
      onFailure: new SqsDlq(deadLetters),
      filters: [
        FilterCriteria.filter({ dynamodb: { Keys: { pk: starts("DL#") } } }),
        FilterCriteria.filter({ dynamodb: { Keys: { pk: starts("R#"), sk: text("H") }, NewImage: { st: text("failed") } } }),
        FilterCriteria.filter({ dynamodb: { Keys: { pk: starts("CMD#"), sk: text("H") }, NewImage: { st: { S: ended } } } }),
        FilterCriteria.filter({ dynamodb: { Keys: { pk: text("CTL") } } }),
      ],
    });
  }
}
