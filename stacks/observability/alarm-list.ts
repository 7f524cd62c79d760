import { ComparisonOperator, type Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Figures } from "./figures.ts";

/** What of a stage is watched, by name. */
export interface Watched {
  readonly figures: Figures;
  /** Modules that are built: of the others there is nothing to watch. */
  readonly modules: readonly string[];
  readonly machineArn: string;
  readonly apiId: string;
  /** Minutes after which a provider that doesn't report is silent. */
  readonly silentAfterMinutes: number;
}

/** One alarm. Its name is the anchor of its section in docs/runbooks.md. */
export interface AlarmSpec {
  readonly name: string;
  /** In a sentence, for whoever is woken by it. */
  readonly says: string;
  readonly metric: Metric;
  /** On when the metric is at or above this, 1 otherwise, … */
  readonly atLeast?: number;
  /** … in so many of the last periods of 5 minutes. */
  readonly periods: readonly [bad: number, of: number];
  /** Silence is bad too. */
  readonly silenceIsBad?: boolean;
}

/** Functions of the engine. */
export const ENGINE = ["decider", "task-runner", "completer"] as const;

/** At most ten, and each on one metric: AWS takes the same for a metric as for an alarm. */
export const alarmsOf = ({ figures, machineArn, apiId, silentAfterMinutes }: Watched): readonly AlarmSpec[] => [
  {
    name: "function-errors",
    says: "Functions fail again and again.",
    metric: figures.own("FailedInvocations", "Sum"),
    periods: [2, 3],
  },
  {
    name: "api-errors",
    says: "The API answers with errors of its own.",
    metric: figures.api(apiId, "5xx", "Sum"),
    periods: [2, 3],
  },
  {
    name: "throttles",
    says: "AWS refuses invocations because too many functions run at once.",
    metric: figures.throttles(),
    periods: [2, 3],
  },
  {
    name: "dead-letters",
    says: "A message of the engine failed for good, and waits for a person.",
    metric: figures.queue("dead-letters", "ApproximateNumberOfMessagesVisible", "Maximum"),
    periods: [1, 1],
  },
  {
    name: "module-dead-letters",
    says: "A module could not be woken, or failed at each try, and the event waits for a person.",
    metric: figures.queue("module-dead-letters", "ApproximateNumberOfMessagesVisible", "Maximum"),
    periods: [1, 1],
  },
  {
    name: "late-schedules",
    says: "The time of a schedule has passed, and nothing fired.",
    metric: figures.own("LateSchedules", "Maximum"),
    periods: [2, 2],
  },
  {
    name: "unwell-modules",
    says: "A module that should work does not, or nobody tells any more whether they do.",
    metric: figures.own("UnwellModules", "Maximum"),
    periods: [3, 3],
    silenceIsBad: true,
  },
  {
    name: "failed-commands",
    says: "The execution of a master's command failed in the state machine.",
    metric: figures.machine(machineArn, "ExecutionsFailed"),
    periods: [1, 1],
  },
  {
    name: "work-behind",
    says: "Work that may start has waited for a quarter of an hour for somebody to take it.",
    metric: figures.queue("hints", "ApproximateAgeOfOldestMessage", "Maximum"),
    atLeast: 900,
    periods: [2, 3],
  },
  {
    name: "provider-silence",
    says: "A provider that is expected to report, or did, has not for some time.",
    metric: figures.own("ProviderSilence", "Maximum"),
    atLeast: silentAfterMinutes,
    periods: [1, 1],
  },
];

/** How CloudWatch takes what a spec says. */
export const conditionsOf = ({ atLeast = 1, periods: [bad, of], silenceIsBad = false }: AlarmSpec) => ({
  threshold: atLeast,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  datapointsToAlarm: bad,
  evaluationPeriods: of,
  treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
});
