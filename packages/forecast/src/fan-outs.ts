/** Runs kept of each, the latest. */
const KEPT = 20;
/** Kept in all, those seen last. */
const MOST = 5000;

/** As it is saved: by workflow and type, runs with the instances that each had. */
export type SavedFanOuts = readonly (readonly [string, readonly (readonly [run: string, instances: number])[]])[];

/** How many instances each `forEach` of a workflow had in its latest runs: what a run will have that has not got there yet. */
export class FanOuts {
  readonly #known: Map<string, Map<string, number>>;

  constructor(saved: SavedFanOuts = []) {
    this.#known = new Map(saved.map(([name, runs]) => [name, new Map(runs)]));
  }

  /** A run had so many; each of its instances may say so. */
  add(workflow: string, type: string, run: string, instances: number): void {
    const name = keyOf(workflow, type);
    const runs = this.#known.get(name) ?? new Map<string, number>();
    if (runs.get(run) === instances) return;
    this.#known.delete(name);
    this.#known.set(name, runs);
    runs.set(run, instances);
    dropFirst(runs, KEPT);
    dropFirst(this.#known, MOST);
  }

  /** What the latest runs had, ascending; none where nothing is known. */
  of(workflow: string, type: string): readonly number[] {
    return [...(this.#known.get(keyOf(workflow, type))?.values() ?? [])].sort((a, b) => a - b);
  }

  save(): SavedFanOuts {
    return [...this.#known].map(([name, runs]) => [name, [...runs]]);
  }
}

const keyOf = (workflow: string, type: string): string => JSON.stringify([workflow, type]);

const dropFirst = (map: Map<string, unknown>, most: number): void => {
  if (map.size > most) map.delete(map.keys().next().value as string);
};
