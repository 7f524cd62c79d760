export type { BestHour } from "./advice/best-hour.ts";
export { explainScore, type PriorityScore, type ScorePart } from "./advice/priority-score.ts";
export type { Evidence, Recommendation } from "./advice/recommend.ts";
export type { RecordedAttempt, RecordedRun, RecordedTask } from "./advice/recorded.ts";
export { explainTaskOrder, type TaskOrder } from "./advice/task-order.ts";
export type { TaskProfile } from "./advice/task-profile.ts";
export type { Trend } from "./advice/trend.ts";
export { ForecastWatch, type SavedWatch, type Standing } from "./forecast-watch.ts";
export * from "./order.ts";
export * from "./policies/index.ts";
export { RankTrials, ranksPaid, type SavedTrials } from "./rank-trials.ts";
export { RemainingWork } from "./remaining-work.ts";
export { type Contender, LOOKAHEAD, type Outcome, PATIENCE_MS, RunQueue, type RunQueueParts } from "./run-queue.ts";
export { type PlayableTask, type PreparedWorkflow, prepareWorkflow } from "./simulate/prepare-workflow.ts";
export { gainOfRanks, isPlayable, type PlayableWorkflow, ranksPay } from "./simulate/ranks-pay.ts";
export {
  type SimulatedRun,
  type SimulatedSchedule,
  type SimulatedWorkflow,
  type Simulation,
  type Steering,
  simulate,
} from "./simulate/simulate.ts";
export { graphOf, type TaskGraph, topologicalOrder, upwardRanks } from "./task-graph.ts";
export { TaskHeap } from "./task-heap.ts";
export { forecastWorkflow, UNKNOWN_VARIANCE, type WorkflowForecast } from "./workflow-forecast.ts";
export { WorkflowRanks } from "./workflow-ranks.ts";
