import type { Prediction } from "../model/case.ts";
import { BASELINES, type Baseline } from "./baselines.ts";
import { type Judged, type Metrics, metricsOf } from "./metrics.ts";

/** How forecasts fared on rows that they were not made from, beside what one would do without a model. */
export interface Evaluation {
  /** Rows that were forecast. */
  readonly rows: number;
  readonly ours: Metrics;
  readonly baselines: Readonly<Record<Baseline, Metrics>>;
  /** How rows to learn from and rows to forecast were kept apart. */
  readonly split: string;
  /** Rows that could not be used, and other things to know. */
  readonly notes: readonly string[];
  /** Rows by the method and by the level that forecast them. */
  readonly methods: Readonly<Record<string, number>>;
  readonly levels: Readonly<Record<string, number>>;
}

/** Collects forecasts and what came. */
export class Scoreboard {
  readonly #ours: Judged[] = [];
  readonly #baselines = Object.fromEntries(BASELINES.map((baseline) => [baseline, [] as Judged[]])) as Record<Baseline, Judged[]>;
  readonly #methods = new Map<string, number>();
  readonly #levels = new Map<string, number>();

  get rows(): number {
    return this.#ours.length;
  }

  add(actual: number, prediction: Prediction, level: string, baselines: Record<Baseline, Omit<Judged, "actual">>): void {
    this.#ours.push({ actual, point: prediction.point, quantiles: prediction.quantiles });
    for (const baseline of BASELINES) this.#baselines[baseline].push({ actual, ...baselines[baseline] });
    this.#methods.set(prediction.method, (this.#methods.get(prediction.method) ?? 0) + 1);
    this.#levels.set(level, (this.#levels.get(level) ?? 0) + 1);
  }

  result(split: string, notes: readonly string[]): Evaluation {
    const baselines = Object.fromEntries(BASELINES.map((baseline) => [baseline, metricsOf(this.#baselines[baseline])]));
    return {
      rows: this.rows,
      ours: metricsOf(this.#ours),
      baselines: baselines as Record<Baseline, Metrics>,
      split,
      notes,
      methods: Object.fromEntries(this.#methods),
      levels: Object.fromEntries(this.#levels),
    };
  }
}
