import {
  AlarmStatusWidget,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  type Metric,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { ENGINE, type Watched } from "./alarm-list.ts";
import { apiCost, functionsCost, type Memories, queuesCost, tableCost } from "./costs.ts";
import { type Figures, over, sumOf } from "./figures.ts";

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, width: 8, height: 6, left: [...left], right: [...right] });
const heading = (text: string): TextWidget => new TextWidget({ markdown: text, width: 24, height: 1 });

const throughput = (figures: Figures): GraphWidget =>
  graph("Task throughput (attempts in 5 min)", [figures.own("AttemptsSucceeded", "Sum"), figures.own("AttemptsFailed", "Sum")]);
const waiting = (figures: Figures): GraphWidget =>
  graph(
    "Waiting time (s)",
    (["p50", "p95", "Maximum"] as const).map((statistic) => figures.own("WaitSeconds", statistic).with({ label: statistic })),
  );
const successRate = (figures: Figures): GraphWidget => {
  const [good, bad] = [figures.own("AttemptsSucceeded", "Sum"), figures.own("AttemptsFailed", "Sum")];
  const rate = over([good, bad], ([m, n]) => `100 * FILL(${m}, 0) / (FILL(${m}, 0) + FILL(${n}, 0))`, "success rate");
  return graph("Success rate (%), and tasks that failed for good", [rate], [figures.own("DeadLetters", "Sum")]);
};
const forecastError = (figures: Figures): GraphWidget =>
  graph("Forecast error (median, % of the run time)", [figures.own("ForecastError", "Average")]);
const health = (figures: Figures): GraphWidget =>
  graph("Health", [figures.own("UnwellModules", "Maximum"), figures.own("LateSchedules", "Maximum")], [figures.throttles()]);
const silence = (figures: Figures): GraphWidget => graph("Providers: longest silence (min)", [figures.own("ProviderSilence", "Maximum")]);

export interface Shown extends Watched {
  /** Of the stage's functions. */
  readonly memories: Memories;
  readonly alarms: readonly IAlarm[];
}

/** The whole of a stage. */
export const systemDashboard = ({ figures, memories, alarms, modules, machineArn, apiId }: Shown): IWidget[][] => {
  // Those of modules are in their sections: a dashboard of at most 50 metrics is free of charge.
  const others = [...memories.keys()].filter((name) => !modules.includes(name));
  const of = (names: readonly string[], metric: "Errors" | "Invocations"): Metric[] =>
    names.map((name) => figures.lambda(name, metric, "Sum"));
  return [
    [new AlarmStatusWidget({ title: "Alarms", width: 24, height: 3, alarms: [...alarms] })],
    [throughput(figures), waiting(figures), successRate(figures)],
    [
      forecastError(figures),
      graph("Cost in 5 min ($, list prices, without storage, logs and alarms)", [
        functionsCost(figures, memories, "functions"),
        tableCost(figures),
        queuesCost(figures, ["hints", "wakes", "completions"]),
        apiCost(figures, apiId),
      ]),
      health(figures),
    ],
    [
      graph("Errors of functions", [figures.own("FailedInvocations", "Sum"), ...of(others, "Errors")]),
      graph("Invocations", [
        sumOf(of(ENGINE, "Invocations"), "engine"),
        sumOf(of(modules, "Invocations"), "modules"),
        sumOf(of(["api", "authorizer"], "Invocations"), "API"),
      ]),
      graph(
        "Behind: hints (s), stream (ms)",
        [figures.queue("hints", "ApproximateAgeOfOldestMessage", "Maximum")],
        [figures.lambda("decider", "IteratorAge", "Maximum")],
      ),
    ],
    [
      graph("Table: units in 5 min", [figures.table("ConsumedReadCapacityUnits"), figures.table("ConsumedWriteCapacityUnits")]),
      graph(
        "API: requests, and how long the slowest take (ms)",
        [figures.api(apiId, "Count", "Sum")],
        [figures.api(apiId, "Latency", "p95")],
      ),
      graph(
        "Commands",
        ["ExecutionsSucceeded", "ExecutionsFailed"].map((name) => figures.machine(machineArn, name)),
      ),
    ],
    [silence(figures)],
  ];
};

/** A section for each module: how it works, what it costs, and what is its own. */
export const modulesDashboard = ({ figures, memories, modules, machineArn }: Shown): IWidget[][] => {
  const own: Readonly<Record<string, readonly GraphWidget[]>> = {
    "advanced-automation": [throughput(figures), waiting(figures), successRate(figures)],
    "intelligent-scheduler": [forecastError(figures)],
    "master-automation": [
      health(figures),
      graph(
        "Commands",
        ["ExecutionsSucceeded", "ExecutionsFailed"].map((name) => figures.machine(machineArn, name)),
      ),
      silence(figures),
    ],
  };
  return modules.flatMap((module): IWidget[][] => [
    [heading(`## ${module}`)],
    [
      graph("Health: passes, and errors", [figures.lambda(module, "Invocations", "Sum")], [figures.lambda(module, "Errors", "Sum")]),
      graph("How long a pass takes (ms)", [figures.lambda(module, "Duration", "p50"), figures.lambda(module, "Duration", "Maximum")]),
      graph("Cost in 5 min ($)", [functionsCost(figures, new Map([[module, memories.get(module) as number]]), module)]),
    ],
    ...(own[module] ? [[...own[module]]] : []),
  ]);
};
