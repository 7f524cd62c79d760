import type { Page } from "@qmoi/core";
import type { Explanation as ForecastExplanation, Horizon, TypeProfile } from "@qmoi/forecast";
import type { ModelPointer } from "../forecast/model-store.ts";
import type { TrainingReport } from "../forecast/training.ts";

/** When a run will have ended. Seconds from now in the horizon; times in ms. */
export interface RunForecast extends Horizon {
  readonly endsAt: { readonly point: number; readonly lo: number; readonly hi: number };
  readonly deadlineAt?: number;
  /** Seconds after its deadline that it will end, if it may end after it at all; below zero before. */
  readonly late?: { readonly lo: number; readonly hi: number };
  /** All of it in a sentence. */
  readonly says: string;
}

/** What is in force, and how it has fared since. */
export interface ForecasterView {
  /** Undefined before the first training. */
  readonly model?: Pick<ModelPointer, "n" | "at" | "engine" | "records" | "heldBack" | "hash" | "score" | "before">;
  /** Share of the latest run times inside their intervals; undefined before any. */
  readonly coverage?: number;
  /** Why a new training is due, if one is. */
  readonly due?: string;
  /** How many types it knows. */
  readonly types: number;
}

/** What is known of a type of task. */
export interface ForecastTypeView extends TypeProfile {
  /** Width of its interval relative to that of what was seen, on the logarithm: 1 is as wide, less is better. Widths under ten percent count as ten. */
  readonly relativeWidth: number;
  readonly seconds: ForecastExplanation["forecast"];
}

/** How the forecasts of a task come about, and what the engine makes of them. */
export interface TaskForecastView {
  readonly workflow?: string;
  readonly task?: string;
  readonly type: string;
  readonly seconds: ForecastExplanation;
  /** Bytes; undefined where no memory was ever measured. */
  readonly memory?: ForecastExplanation;
  /** How many instances a `forEach` will have, by its latest runs, with their 0.05 and 0.95 quantiles; undefined where none is known. */
  readonly instances?: { readonly point: number; readonly lo: number; readonly hi: number; readonly runs: number };
  /** What a timeout would be that nobody declared; undefined where too little is known of the type. */
  readonly timeoutSeconds?: number;
  /** Bytes reserved for an attempt. */
  readonly reservedBytes?: number;
}

/** What people ask of forecasts. Errors: QMOI_NOT_FOUND where nothing was learned yet, or of no such task. */
export interface ForecastPlane {
  forecaster(): Promise<ForecasterView>;
  /** By name. */
  forecastTypes(request?: { readonly limit?: number; readonly after?: string }): Promise<Page<ForecastTypeView>>;
  /** Of `workflow/task`, of a task's name in any workflow, or of a type. */
  explainForecast(task: string): Promise<TaskForecastView>;
  /** Learns from history if that is due, or at once by `force`, and puts it in force if it is better. */
  trainForecasts(request?: { readonly force?: boolean }): Promise<TrainingReport>;
}
