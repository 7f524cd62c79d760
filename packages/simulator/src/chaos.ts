import type { Cluster, Process } from "./cluster.ts";
import type { SeededRandom } from "./random.ts";
import { CALL_FAULTS, type Fault, WORLD_FAULTS, type WorldFault } from "./world/faults.ts";

/** How often a fault happens where a world has it: per call for those of calls, per opportunity for the others. */
const RATES: Readonly<Record<Fault, number>> = {
  "crash-before": 0.0002,
  "crash-after": 0.0002,
  throttled: 0.006,
  unavailable: 0.006,
  unanswered: 0.012,
  repeated: 0.02,
  slow: 0.01,
  "stale-index": 0.4,
  "feed-lost": 0.05,
  "feed-twice": 0.05,
  "feed-late": 0.04,
  "hint-lost": 0.04,
  "hint-twice": 0.08,
  "hint-late": 0.05,
  "executor-fails": 0.06,
  "executor-hangs": 0.04,
  "executor-late": 0.03,
  "executor-lies": 0.03,
  "executor-twice": 0.03,
  "executor-silent": 0.3,
  "crash-waiting": 0.002,
  "crash-idle": 0.08,
  "crash-all": 0.02,
  "never-back": 0.1,
  lingers: 0.6,
  stall: 0.25,
  "clock-skew": 1,
  "clock-jump": 0.2,
  "clock-far": 0.3,
  drained: 0.08,
};

/** Clocks within the allowed skew differ by less than the 5 s that leases allow for. */
const NEAR_MS = 2_400;
export const FAR_MS = 120_000;
const EVENT_MS = 5_000;
/** Most machines are back soon, some late. */
const BACK_MS = [
  [50, 1_500],
  [50, 1_500],
  [1_000, 30_000],
] as const;
const STALL_MS = [500, 40_000] as const;

/** The faults that a seed's world has, and how often: some of them, so that worlds differ in kind. */
export const ratesOf = (
  random: SeededRandom,
  { only, rates: given = {} }: { readonly only?: readonly Fault[]; readonly rates?: Readonly<Partial<Record<Fault, number>>> },
): Partial<Record<Fault, number>> => {
  const rates: Partial<Record<Fault, number>> = {};
  const strength = random.pick([0.2, 0.5, 1, 1.5]);
  // Each is drawn whatever is left out, so that the others stay as they are.
  for (const fault of [...CALL_FAULTS, ...WORLD_FAULTS]) {
    const drawn = random.chance(0.6);
    if (only && !only.includes(fault)) continue;
    const rate = given[fault] ?? (drawn ? Math.min(1, RATES[fault] * strength) : undefined);
    if (rate !== undefined) rates[fault] = rate;
  }
  return rates;
};

/** What happens to whole processes and their clocks while a world is in disorder. */
export class Chaos {
  readonly #cluster: Cluster;
  readonly #random: SeededRandom;
  readonly #far: boolean;
  /** Machines that stay away for good. */
  readonly gone = new Set<string>();
  /** Starts a machine's next life. */
  readonly #start: (name: string) => void;
  over = false;

  constructor(cluster: Cluster, random: SeededRandom, far: boolean, start: (name: string) => void) {
    this.#cluster = cluster;
    this.#random = random;
    this.#far = far;
    this.#start = start;
    cluster.died = (name) => this.#died(name);
  }

  /** A machine's clock at its beginning. */
  setClock(name: string): void {
    if (this.#happens("clock-skew")) this.#shift(name, NEAR_MS);
  }

  /** Begins to do harm now and then, until `over`. */
  begin(): void {
    const { world } = this.#cluster;
    const next = (): void => {
      world.after(this.#random.between(0, 2 * EVENT_MS), undefined, () => {
        if (this.over) return;
        this.#harm();
        next();
      });
    };
    next();
  }

  #harm(): void {
    const { processes } = this.#cluster;
    const all = [...processes.values()];
    if (all.length === 0) return;
    const { name, life, engine } = this.#random.pick(all);
    if (this.#happens("crash-all")) for (const one of all) one.life.crash();
    else if (this.#happens("crash-idle")) life.crash();
    else if (this.#happens("stall")) life.stall(this.#random.between(...STALL_MS));
    else if (this.#happens("drained")) this.#drain({ life, engine });
    else if (this.#happens("clock-jump")) this.#shift(name, NEAR_MS);
    else if (this.#far && this.#happens("clock-far")) this.#shift(name, FAR_MS);
  }

  #died(name: string): void {
    const { world } = this.#cluster;
    if (!this.over && this.#canGo(name) && this.#happens("never-back")) {
      this.gone.add(name);
      return;
    }
    const back = (): void => {
      if (!this.#cluster.processes.has(name)) this.#start(name);
    };
    world.after(this.over ? 1_000 : this.#back(), undefined, back);
  }

  #back(): number {
    const [from, to] = this.#random.pick(BACK_MS);
    return this.#random.between(from, to);
  }

  /** Whether an engine and a worker are left without this machine. Engines do both. */
  #canGo(name: string): boolean {
    return !name.startsWith("engine") && this.gone.size < 1;
  }

  /** A graceful shutdown: it takes nothing new, waits a while for what runs, aborts it, and goes. */
  #drain({ life, engine }: Pick<Process, "life" | "engine">): void {
    const patience = new AbortController();
    this.#cluster.world.after(5_000, undefined, () => patience.abort());
    void engine
      .drain(undefined, patience.signal)
      .then(() => engine.stop())
      .then(
        () => life.crash(),
        () => life.crash(),
      );
  }

  #shift(name: string, most: number): void {
    this.#cluster.clocks.set(name, { offset: this.#random.between(-most, most), ppm: this.#random.between(-50, 50) });
  }

  #happens(fault: WorldFault): boolean {
    return this.#cluster.faults.happens(fault);
  }
}
