/** Every figure that the system tells of itself, by name, with its unit as CloudWatch calls it. What AWS counts by itself (errors, durations, units) is none of them. */
export const METRICS = {
  /** Attempts that ended, by how: their sum is the throughput, their share the success rate. */
  AttemptsSucceeded: "Count",
  AttemptsFailed: "Count",
  /** From ready to started, of each attempt. */
  WaitSeconds: "Seconds",
  /** Tasks that failed for good. */
  DeadLetters: "Count",
  /** How far forecasts of run time were off on the history held back when the forecaster in force was trained. */
  ForecastError: "Percent",
  /** Invocations of functions that failed: of all functions together, which no metric of AWS is. */
  FailedInvocations: "Count",
  /** Schedules whose time has passed without a record. */
  LateSchedules: "Count",
  /** Modules that should work and have not for three of their periods. */
  UnwellModules: "Count",
  /** Minutes since the report that is the oldest of all providers' latest ones. */
  ProviderSilence: "None",
} as const;

export type MetricName = keyof typeof METRICS;

/** Figures of what happens, for people who watch. Nothing that the system does depends on them, and telling one never fails. */
export interface Metrics {
  add(name: MetricName, value: number): void;
}

/** Keeps nothing. */
export const noMetrics: Metrics = { add: () => undefined };
