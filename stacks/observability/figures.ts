import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { prefixOf, type Stage } from "../stages.ts";

/** What the functions tell by themselves; see METRICS of @qmoi/core. */
export type OwnMetric =
  | "AttemptsSucceeded"
  | "AttemptsFailed"
  | "WaitSeconds"
  | "DeadLetters"
  | "ForecastError"
  | "FailedInvocations"
  | "LateSchedules"
  | "UnwellModules"
  | "ProviderSilence";

/** How a metric's values within a period become one. */
export type Statistic = "Sum" | "Maximum" | "Average" | "p50" | "p95" | "SampleCount";

const PERIOD = Duration.minutes(5);

/** The metrics of a stage. What AWS counts by itself costs nothing more; resources are meant by their names, so that no stack waits for another. */
export class Figures {
  readonly #prefix: string;

  constructor(stage: Stage) {
    this.#prefix = prefixOf(stage);
  }

  own(metricName: OwnMetric, statistic: Statistic): Metric {
    const service = this.#prefix.replace(/-$/, "");
    return new Metric({ namespace: "QMOI", metricName, statistic, period: PERIOD, dimensionsMap: { service }, label: metricName });
  }

  /** Of the function with that name. */
  lambda(name: string, metricName: "Errors" | "Invocations" | "Duration" | "IteratorAge", statistic: Statistic): Metric {
    return this.#of("AWS/Lambda", metricName, statistic, { FunctionName: this.#prefix + name }, `${name} ${metricName}`);
  }

  /** Of all functions of the account, which throttle together: none has concurrency of its own. */
  throttles(): Metric {
    return this.#of("AWS/Lambda", "Throttles", "Sum", {}, "functions of the account");
  }

  table(metricName: string, statistic: Statistic = "Sum"): Metric {
    return this.#of("AWS/DynamoDB", metricName, statistic, { TableName: `${this.#prefix}table` }, metricName);
  }

  queue(name: string, metricName: string, statistic: Statistic): Metric {
    return this.#of("AWS/SQS", metricName, statistic, { QueueName: this.#prefix + name }, `${name} ${metricName}`);
  }

  machine(arn: string, metricName: string): Metric {
    return this.#of("AWS/States", metricName, "Sum", { StateMachineArn: arn }, metricName);
  }

  api(id: string, metricName: string, statistic: Statistic): Metric {
    return this.#of("AWS/ApiGateway", metricName, statistic, { ApiId: id }, metricName);
  }

  #of(namespace: string, metricName: string, statistic: Statistic, dimensionsMap: Record<string, string>, label: string): Metric {
    return new Metric({ namespace, metricName, statistic, period: PERIOD, dimensionsMap, label });
  }
}

/** The same metric has the same name in every expression of a graph, and no other has it: both say what it is. */
const idOf = ({ label, statistic }: Metric): string => `m_${label}_${statistic}`.replaceAll(/[^A-Za-z0-9]/g, "_");

/** An expression over metrics, given the names that it has them by. */
export const over = (metrics: readonly Metric[], expression: (names: readonly string[]) => string, label: string): MathExpression => {
  const named = Object.fromEntries(metrics.map((metric) => [idOf(metric), metric]));
  return new MathExpression({ expression: expression(metrics.map(idOf)), usingMetrics: named, label, period: PERIOD });
};

/** All of them together; where one has no value it counts as 0. */
export const sumOf = (metrics: readonly Metric[], label: string): MathExpression =>
  over(metrics, (names) => names.map((name) => `FILL(${name}, 0)`).join(" + "), label);
