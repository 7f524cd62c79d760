/** One piece of work to forecast, in numbers and names that are known before it starts. */
export interface Case {
  /** Names from narrow to wide, as many as the model has levels; undefined where there is none. */
  readonly names: readonly (string | undefined)[];
  /** What it works on, where the narrowest name has several; absent if unknown. */
  readonly subject?: string | undefined;
  /** Logarithm of the input's size; NaN if unknown. */
  readonly size: number;
  /** Logarithm of what the user declared; NaN if nothing. */
  readonly declared: number;
  /** The other features by number, as the model's list of features says; NaN is missing. */
  readonly row: ArrayLike<number>;
}

/** A case whose outcome is known. */
export interface Outcome extends Case {
  /** Logarithm of what was forecast. */
  readonly value: number;
  /** Cases of one run depend on each other; they are held out together. */
  readonly run?: string | undefined;
}

/** What a model says of a case; values are logarithms. */
export interface Prediction {
  readonly point: number;
  /** By probability, as track.ts lists them: 0.05, 0.9, 0.95. */
  readonly quantiles: readonly number[];
  /** Index of the level whose history was used; -1 is the user's declaration. */
  readonly level: number;
  readonly method: "median" | "linear" | "forest" | "declared" | "recent";
  /** Mean absolute error of past forecasts like this one. */
  readonly backtestError: number;
  /** Outcomes that the level has seen. */
  readonly observations: number;
  readonly state: "steady" | "widened" | "drifted";
}
