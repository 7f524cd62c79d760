import type { Page } from "@qmoi/core";
import type { PriorityScore, Recommendation, TaskProfile } from "@qmoi/intelligent-scheduler";
import type { RunForecast } from "../plane/forecast-views.ts";

export type { TaskProfile };

/** How well forecasts have told the latest runs apart; `accuracy` is undefined before there are pairs. */
export interface StandingView {
  readonly accuracy?: number;
  readonly pairs: number;
  readonly failing: boolean;
}

/** A run that has something to start in a pool. */
export interface PlaceView extends PriorityScore {
  readonly run: string;
  readonly workflow: string;
  readonly priority: number;
  /** Name of the task that it would start next there. */
  readonly task: string;
  /** In a sentence: the order of its own tasks, and why; absent where the policy does without forecasts. */
  readonly taskOrder?: string;
  /** When it will have ended, where something was learned. */
  readonly forecast?: RunForecast;
}

/** The order in which waiting work starts. */
export interface OrderView {
  /** The policy in force, and the one that is configured. */
  readonly policy: string;
  readonly configured: string;
  readonly standing: StandingView;
  /** In a sentence: how work is ordered now, and whether that is a fallback. */
  readonly says: string;
  /** Pools in which something waits, with the first runs of each in their order. */
  readonly pools: readonly {
    readonly pool: string;
    readonly slots: number;
    readonly waiting: number;
    readonly runs: readonly PlaceView[];
  }[];
}

/** Recorded work that advice goes by. */
export interface HistoryWindow {
  readonly runs: number;
  readonly tasks: number;
  readonly days: number;
}

export interface RecommendationsView {
  readonly at: number;
  readonly history: HistoryWindow;
  readonly policy: string;
  readonly standing: StandingView;
  readonly recommendations: readonly Recommendation[];
}

/** What people ask of the order of work, and what could be better. */
export interface AdvicePlane {
  /** Of each type, those that take most of the slots first. `after`: a type. */
  taskProfiles(request?: { readonly limit?: number; readonly after?: string }): Promise<Page<TaskProfile>>;
  order(): Promise<OrderView>;
  recommendations(): Promise<RecommendationsView>;
}
