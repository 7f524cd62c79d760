import { ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { type Figures, over, sumOf } from "./figures.ts";

/** What of a stage is watched, by name. */
export interface Watched {
  readonly figures: Figures;
  /** Modules that are built: of the others there is nothing to watch. */
  readonly modules: readonly string[];
  readonly machineArn: string;
  readonly apiId: string;
}

/** One alarm. Its name is the anchor of its section in docs/runbooks.md. */
export interface AlarmSpec {
  readonly name: string;
  /** In a sentence, for whoever is woken by it. */
  readonly says: string;
  readonly metric: IMetric;
  /** On when the metric is at or above this … */
  readonly atLeast: number;
  /** … in so many of the last periods of 5 minutes. */
  readonly periods: readonly [bad: number, of: number];
  /** Silence is bad too. */
  readonly silenceIsBad?: boolean;
}

/** Functions of the engine. */
export const ENGINE = ["decider", "task-runner", "completer"] as const;

/** At most ten: so many are free of charge, and more are not looked at. */
export const alarmsOf = ({ figures, modules, machineArn, apiId }: Watched): readonly AlarmSpec[] => {
  const errors = (names: readonly string[], label: string): IMetric =>
    sumOf(
      names.map((name) => figures.lambda(name, "Errors", "Sum")),
      label,
    );
  return [
    {
      name: "engine-errors",
      says: "Functions of the engine fail again and again.",
      metric: errors(ENGINE, "errors of the engine"),
      atLeast: 1,
      periods: [2, 3],
    },
    {
      name: "module-errors",
      says: "Functions of modules fail again and again.",
      metric: errors(modules, "errors of modules"),
      atLeast: 1,
      periods: [2, 3],
    },
    {
      name: "api-errors",
      says: "The API answers with errors of its own.",
      metric: figures.api(apiId, "5xx", "Sum"),
      atLeast: 1,
      periods: [2, 3],
    },
    {
      name: "throttles",
      says: "AWS refuses invocations or requests to the table because there are too many at once.",
      metric: sumOf([figures.throttles(), figures.table("ReadThrottleEvents"), figures.table("WriteThrottleEvents")], "throttled"),
      atLeast: 1,
      periods: [2, 3],
    },
    {
      name: "dead-letters",
      says: "A message failed for good, and waits for a person.",
      metric: sumOf(
        ["dead-letters", "module-dead-letters"].map((name) => figures.queue(name, "ApproximateNumberOfMessagesVisible", "Maximum")),
        "dead letters",
      ),
      atLeast: 1,
      periods: [1, 1],
    },
    {
      name: "late-schedules",
      says: "The time of a schedule has passed, and nothing fired.",
      metric: figures.own("LateSchedules", "Maximum"),
      atLeast: 1,
      periods: [2, 2],
    },
    {
      name: "unwell-modules",
      says: "A module that should work does not, or nobody tells any more whether they do.",
      metric: figures.own("UnwellModules", "Maximum"),
      atLeast: 1,
      periods: [3, 3],
      silenceIsBad: true,
    },
    {
      name: "failed-commands",
      says: "A master's command failed, timed out or was aborted in the state machine.",
      metric: sumOf(
        ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"].map((name) => figures.machine(machineArn, name)),
        "failed executions",
      ),
      atLeast: 1,
      periods: [1, 1],
    },
    {
      name: "work-behind",
      says: "Changes or hints have waited for a quarter of an hour.",
      metric: over(
        [figures.lambda("decider", "IteratorAge", "Maximum"), figures.queue("hints", "ApproximateAgeOfOldestMessage", "Maximum")],
        ([stream, hints]) => `MAX([FILL(${stream}, 0) / 1000, FILL(${hints}, 0)])`,
        "seconds behind",
      ),
      atLeast: 900,
      periods: [2, 3],
    },
  ];
};

/** How CloudWatch takes what a spec says. */
export const conditionsOf = ({ atLeast, periods: [bad, of], silenceIsBad = false }: AlarmSpec) => ({
  threshold: atLeast,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  datapointsToAlarm: bad,
  evaluationPeriods: of,
  treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
});
