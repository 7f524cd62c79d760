import type { Time } from "./types.ts";

/** What to expect of a quantity, in its unit. */
export interface Forecast {
  point: number;
  lo: number;
  hi: number;
  p90: number;
  /** Probability of lying between lo and hi. */
  coverageTarget: number;
  level: "type" | "program" | "workflow" | "global" | "declared";
  method: "median" | "linear" | "forest" | "declared" | "recent";
  /** Typical relative error on runs that it was not made from. */
  backtestError: number;
  observations: number;
  state: "steady" | "widened" | "drifted";
}

/** Seconds from now, and times. */
export interface RunForecast {
  point: number;
  lo: number;
  hi: number;
  coverageTarget: number;
  level: Forecast["level"];
  backtestError: number;
  tasks: number;
  unknown: number;
  endsAt: { point: Time; lo: Time; hi: Time };
  deadlineAt: Time | null;
  /** Seconds after its deadline, if it may end after it. */
  late: { lo: number; hi: number } | null;
  says: string;
}

/** How forecasts fared on history that was held back. */
export interface HeldBackScore {
  loss: number | null;
  coverage: number | null;
  mdape: number | null;
}

export interface ForecasterInForce {
  model: {
    number: number;
    trainedAt: Time;
    engine: string;
    records: number;
    heldBack: number;
    hash: string;
    score: HeldBackScore;
    before: HeldBackScore | null;
  } | null;
  coverage: number | null;
  due: string | null;
  types: number;
}

export interface ForecastType {
  type: string;
  observations: number;
  median: number;
  low: number;
  high: number;
  recent: number[];
  backtestError: { median: number; linear: number; forest: number };
  coverage: number | null;
  widening: number;
  drifts: number;
  relativeWidth: number | null;
  seconds: Forecast;
}

export interface ForecastExplanation {
  forecast: Forecast;
  candidates: { method: "median" | "linear" | "forest"; point: number; backtestError: number; chosen: boolean }[];
  importance: { feature: string; share: number }[];
}

export interface TaskForecast {
  workflow: string | null;
  task: string | null;
  type: string;
  seconds: ForecastExplanation;
  memory: ForecastExplanation | null;
  timeoutSeconds: number | null;
  reservedBytes: number | null;
}

export interface Training {
  result: "promoted" | "kept" | "not-due" | "too-little-history" | "overtaken";
  says: string;
  score: HeldBackScore | null;
  current: HeldBackScore | null;
  trained: number;
  heldBack: number;
}
