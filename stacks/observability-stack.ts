import { Stack, type StackProps } from "aws-cdk-lib";
import { Alarm, Dashboard, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { ApiStack } from "./api-stack.ts";
import { configuration } from "./configuration.ts";
import type { ModulesStack } from "./modules-stack.ts";
import { type AlarmSpec, alarmsOf, conditionsOf, ENGINE, type Watched } from "./observability/alarm-list.ts";
import { modulesDashboard, systemDashboard } from "./observability/dashboards.ts";
import { Figures } from "./observability/figures.ts";
import { machineName, prefixOf, type Stage } from "./stages.ts";

export interface Observed {
  readonly modules: ModulesStack;
  readonly api: ApiStack;
}

/** With a label an alarm would be written as an expression, of which emulators take none. */
const unlabelled = ({ namespace, metricName, statistic, period, dimensions = {} }: Metric): Metric =>
  new Metric({ namespace, metricName, statistic, period, dimensionsMap: dimensions as Record<string, string> });

/** What people look at, and what wakes them. */
export class ObservabilityStack extends Stack {
  /** Whoever is to be woken subscribes to it. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, stage: Stage, { modules, api }: Observed, props?: StackProps) {
    super(scope, id, props);
    this.topic = this.#topic(stage);
    const watched: Watched = {
      figures: new Figures(stage),
      modules: [...modules.modules.keys()],
      machineArn: this.formatArn({ service: "states", resource: `stateMachine:${machineName(stage)}` }),
      apiId: api.api.apiId,
      silentAfterMinutes: configuration().cloud.reports.silentAfterMinutes,
    };
    const alarms = alarmsOf(watched).map((spec) => this.#alarm(stage, spec));
    const functions = [...ENGINE, "master", "api", "authorizer", ...watched.modules];
    const memories = new Map(functions.map((name) => [name, modules.modules.get(name)?.memoryMb ?? 512]));
    const shown = { ...watched, alarms, memories };
    const dashboardName = (name: string): string => `${prefixOf(stage)}${name}`;
    new Dashboard(this, "System", { dashboardName: dashboardName("system"), widgets: systemDashboard(shown) });
    new Dashboard(this, "Modules", { dashboardName: dashboardName("modules"), widgets: modulesDashboard(shown) });
  }

  #alarm(stage: Stage, spec: AlarmSpec): Alarm {
    const { name, says, metric } = spec;
    const alarm = new Alarm(this, name, {
      alarmName: `${prefixOf(stage)}${name}`,
      alarmDescription: `${says} See docs/runbooks.md#${name}.`,
      metric: unlabelled(metric),
      ...conditionsOf(spec),
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }

  #topic(stage: Stage): Topic {
    const topic = new Topic(this, "Alarms", { topicName: `${prefixOf(stage)}alarms`, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: {
          ArnLike: { "aws:SourceArn": this.formatArn({ service: "cloudwatch", resource: `alarm:${prefixOf(stage)}*` }) },
        },
      }),
    );
    for (const address of stage.alarmEmails) topic.addSubscription(new EmailSubscription(address));
    return topic;
  }
}
