import { ensure } from "../ensure.ts";
import type { SeededRandom } from "../random.ts";

/** What can happen to one call of a store (table, blobs, queue, logs), as the caller sees it. */
export const CALL_FAULTS = [
  "crash-before",
  "crash-after",
  "throttled",
  "unavailable",
  "unanswered",
  "repeated",
  "slow",
  "stale-index",
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Everything else that goes wrong in the world. */
export const WORLD_FAULTS = [
  "feed-lost",
  "feed-twice",
  "feed-late",
  "hint-lost",
  "hint-twice",
  "hint-late",
  "executor-fails",
  "executor-hangs",
  "executor-late",
  "executor-lies",
  "executor-twice",
  "executor-silent",
  "crash-idle",
  "crash-all",
  "never-back",
  "lingers",
  "stall",
  "clock-skew",
  "clock-jump",
  "clock-far",
  "drained",
] as const;
export type WorldFault = (typeof WORLD_FAULTS)[number];
export type Fault = CallFault | WorldFault;

/** One call of a port: `label` names operation and kind of item, or the write's condition. */
export interface Call {
  readonly op: string;
  readonly label: string;
  readonly write: boolean;
}

export interface FaultsOptions {
  readonly random: SeededRandom;
  /** Probability per opportunity; absent means never. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  /** After so many faults no more happen. */
  readonly most?: number;
  /** Where the running code calls from: faults are counted per place, otherwise per label. */
  readonly place?: () => string | undefined;
}

/** A fault that was drawn for a call, and where the call comes from. */
export interface Drawn {
  readonly fault: CallFault;
  readonly place: string;
}

/** The n-th call from a place meets faults `1 + RARE / n` times as often, so that what is rarely called is not rarely tested. */
const RARE: Readonly<Partial<Record<CallFault, number>>> = { "crash-before": 80, "crash-after": 80 };
const RARE_OTHERS = 12;

const WRITE_ONLY: ReadonlySet<CallFault> = new Set(["unanswered", "repeated"]);
const INDEX_ONLY: ReadonlySet<CallFault> = new Set(["stale-index"]);
/** A table says "throttled"; other stores are only ever away. */
const TABLE_ONLY: ReadonlySet<CallFault> = new Set(["throttled", "repeated"]);
const TABLE_OPS: ReadonlySet<string> = new Set(["get", "put", "delete", "query", "queryIndex", "scan"]);

export const canHit = (fault: CallFault, call: Pick<Call, "op" | "write">): boolean =>
  (!WRITE_ONLY.has(fault) || call.write) &&
  (!INDEX_ONLY.has(fault) || call.op === "queryIndex") &&
  (!TABLE_ONLY.has(fault) || TABLE_OPS.has(call.op));

/** Which faults happen, by the seed's decision, and how often each took effect where. */
export class Faults {
  readonly #options: FaultsOptions;
  /** Times that each fault took effect, by fault and place. */
  readonly counts = new Map<Fault, Map<string, number>>();
  /** Calls from each place so far. */
  readonly #seen = new Map<string, number>();
  total = 0;
  active = true;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** The fault of a call, if it has one. It takes effect when `hit` is called. */
  ofCall(call: Call): Drawn | undefined {
    if (!this.#may()) return undefined;
    const { random, rates } = this.#options;
    const place = this.#options.place?.() ?? call.label;
    const seen = (this.#seen.get(place) ?? 0) + 1;
    this.#seen.set(place, seen);
    const draw = random.next();
    let sum = 0;
    for (const fault of CALL_FAULTS) {
      if (!canHit(fault, call)) continue;
      sum += (rates[fault] ?? 0) * (1 + (RARE[fault] ?? RARE_OTHERS) / seen);
      if (draw < sum) return { fault, place };
    }
    return undefined;
  }

  /** Whether this happens now; if so it counts as having taken effect. */
  happens(fault: WorldFault, place = "-"): boolean {
    if (!this.#may() || !this.#options.random.chance(this.#options.rates[fault] ?? 0)) return false;
    this.hit(fault, place);
    return true;
  }

  hit(fault: Fault, place: string): void {
    this.total++;
    const places = ensure(this.counts, fault, () => new Map<string, number>());
    places.set(place, (places.get(place) ?? 0) + 1);
  }

  #may(): boolean {
    return this.active && this.total < (this.#options.most ?? Number.POSITIVE_INFINITY);
  }
}
