/** What history tells of one try of a task. Times in ms. */
export interface RecordedAttempt {
  readonly succeeded: boolean;
  readonly readyAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly cpuSeconds?: number;
  readonly peakMemoryBytes?: number;
}

/** A task of a run that has ended; tasks that never ran have no attempts. */
export interface RecordedTask {
  readonly type: string;
  readonly pool: string;
  readonly slots: number;
  /** Declared, 1 (last) to 10 (first). */
  readonly priority: number;
  /** Indexes of tasks of the same run. */
  readonly needs: readonly number[];
  readonly attempts: readonly RecordedAttempt[];
}

/** A run that has ended. */
export interface RecordedRun {
  readonly workflow: string;
  readonly priority: number;
  readonly arrivedAt: number;
  readonly endedAt: number;
  readonly deadlineAt?: number;
  readonly tasks: readonly RecordedTask[];
}

/** Seconds that a task held its slots, over all of its tries. */
export const secondsOf = ({ attempts }: RecordedTask): number =>
  attempts.reduce((sum, { startedAt, endedAt }) => sum + Math.max(0, endedAt - startedAt), 0) / 1000;
