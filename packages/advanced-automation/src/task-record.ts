/** A forEach that was expanded: instance k has the number `offset + k`. */
export interface Expansion {
  readonly template: number;
  readonly offset: number;
  readonly count: number;
}

/** The numbers of each expanded forEach's instances, by the forEach's own. */
export const instancesOf = (expansions: readonly Expansion[]): ReadonlyMap<number, readonly number[]> =>
  new Map(expansions.map(({ template, offset, count }) => [template, Array.from({ length: count }, (_, k) => offset + k)]));

/** A task that has had an attempt and isn't done: the next attempt's number, tries that counted, and not before when (ms). */
export interface Retry {
  readonly next: number;
  readonly tries: number;
  readonly at: number;
}

/** Outcome of a task, once and for all. */
export type Outcome = "succeeded" | "failed" | "skipped" | "cancelled";
