import type { Clock } from "@qmoi/core";
import { type SeedOptions, type SeedResult, simulateSeed } from "./seed-run.ts";
import { type Shrunk, shrink } from "./shrink.ts";
import type { Fault } from "./world/faults.ts";

export interface SimulateOptions extends Omit<SeedOptions, "seed" | "trace"> {
  /** The first seed, and how many. */
  readonly from: number;
  readonly seeds: number;
  /** Measures the time that the simulation itself takes. */
  readonly clock: Pick<Clock, "monotonic">;
  /** Called after each seed; a promise lets the program see to other things before the next one. */
  readonly progress?: (done: SeedResult) => void | Promise<void>;
  /** Stops after so many violations; 1 otherwise. */
  readonly violations?: number;
  /** Tries at most so many smaller worlds that break the same invariant; 60 otherwise. */
  readonly tries?: number;
}

/** A broken invariant: how, the smallest world found that breaks it, what happened there, and the options that replay it exactly. */
export interface FoundViolation {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  /** Arguments that replay the smallest world, after the command's name. */
  readonly replay: string;
  readonly trace: readonly string[];
}

export interface SimulateResult {
  readonly seeds: number;
  readonly steps: number;
  readonly tasks: number;
  /** Times that each fault took effect, by place. */
  readonly faults: Readonly<Partial<Record<Fault, Readonly<Record<string, number>>>>>;
  /** The least that a seed had: tasks, and faults that took effect. */
  readonly least: { readonly tasks: number; readonly faults: number };
  readonly violations: readonly FoundViolation[];
  /** How long it took, and how much time passed in the worlds. */
  readonly seconds: number;
  readonly virtualSeconds: number;
}

/** Arguments by which a command replays a seed's world exactly. */
export const replayArguments = ({ seed, tasks, slots, policy, only, rates = {}, most, aims = [], meddling }: Shrunk): string =>
  [
    `--seed ${seed}`,
    ...(tasks === undefined ? [] : [`--tasks ${tasks}`]),
    ...(slots === undefined ? [] : [`--slots ${slots}`]),
    ...(policy === undefined ? [] : [`--policy ${policy}`]),
    ...(only === undefined
      ? []
      : [`--faults ${only.length === 0 ? "none" : only.map((fault) => withRate(fault, rates[fault])).join(",")}`]),
    ...(most === undefined ? [] : [`--most ${most}`]),
    ...aims.map(([fault, place]) => `--aim ${fault}@${place}`),
    ...(meddling === false ? ["--no-people"] : []),
  ].join(" ");

const withRate = (fault: Fault, rate: number | undefined): string => (rate === undefined ? fault : `${fault}=${rate}`);

/** Simulates one seed after another. What a seed finds, it finds again. */
export const simulateSeeds = async (options: SimulateOptions): Promise<SimulateResult> => {
  const { from, seeds, clock, progress, violations: mostViolations = 1, tries = 60, ...common } = options;
  const began = clock.monotonic();
  const total = new Totals();
  const violations: FoundViolation[] = [];
  for (let seed = from; seed < from + seeds && violations.length < mostViolations; seed++) {
    const result = await simulateSeed({ ...common, seed });
    total.add(result);
    if (result.violation) violations.push(await explain({ ...common, seed }, result, tries));
    await progress?.(result);
  }
  return { ...total.sums(), violations, seconds: (clock.monotonic() - began) / 1000 };
};

/** Finds a smaller world that breaks the same invariant, and what happens there. */
const explain = async (options: SeedOptions, { seed, violation }: SeedResult, tries: number): Promise<FoundViolation> => {
  const invariant = violation?.invariant as string;
  const smallest = await shrink(options, invariant, tries);
  const trace: string[] = [];
  const again = await simulateSeed({ ...options, ...smallest, trace: (line) => void trace.push(line) });
  return { seed, invariant, message: (again.violation ?? violation)?.message as string, replay: replayArguments(smallest), trace };
};

class Totals {
  #seeds = 0;
  #steps = 0;
  #tasks = 0;
  #virtualMs = 0;
  #leastTasks = Number.POSITIVE_INFINITY;
  #leastFaults = Number.POSITIVE_INFINITY;
  readonly #faults = new Map<Fault, Map<string, number>>();

  add({ steps, tasks, virtualMs, faults, violation }: SeedResult): void {
    this.#seeds++;
    this.#steps += steps;
    this.#tasks += tasks;
    this.#virtualMs += virtualMs;
    let effects = 0;
    for (const [fault, places] of faults) {
      const known = this.#faults.get(fault) ?? new Map<string, number>();
      this.#faults.set(fault, known);
      for (const [place, times] of places) {
        effects += times;
        known.set(place, (known.get(place) ?? 0) + times);
      }
    }
    if (violation) return;
    this.#leastTasks = Math.min(this.#leastTasks, tasks);
    this.#leastFaults = Math.min(this.#leastFaults, effects);
  }

  sums(): Omit<SimulateResult, "violations" | "seconds"> {
    return {
      seeds: this.#seeds,
      steps: this.#steps,
      tasks: this.#tasks,
      virtualSeconds: this.#virtualMs / 1000,
      least: { tasks: this.#leastTasks, faults: this.#leastFaults },
      faults: Object.fromEntries([...this.#faults].map(([fault, places]) => [fault, Object.fromEntries(places)])),
    };
  }
}
