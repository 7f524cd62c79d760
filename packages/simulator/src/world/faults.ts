import { ensure } from "../ensure.ts";
import type { SeededRandom } from "../random.ts";
import { callSite, placeOf } from "./call-site.ts";

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
  "crash-waiting",
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

/** One call of a port: `label` names operation and kind of item, or the write's condition; `from` is the port's method that was called. */
export interface Call {
  readonly op: string;
  readonly label: string;
  readonly write: boolean;
  readonly from: (...args: never[]) => unknown;
}

export interface FaultsOptions {
  readonly random: SeededRandom;
  /** Probability per opportunity; absent means never. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  /** After so many faults no more happen. */
  readonly most?: number;
}

/** A fault that awaits one of the next calls from a site. */
interface Ambush {
  readonly fault: CallFault;
  /** Calls that it lets pass. */
  passes: number;
}

/** A fault that was drawn for a call, and where in the engine's source the call stands. */
export interface Drawn {
  readonly fault: CallFault;
  readonly place: string;
}

/** What is called most, and from a single place: to look where the call stands would cost more than the call. */
const ONE_PLACE: ReadonlySet<string> = new Set([
  "get limiter",
  "get control",
  "query statistics",
  "get statistics",
  "queryIndex 2",
  "blob get definitions",
  "send hints",
]);

/** What stands for a call's place: conditions of writes are named once each. */
const keyOf = ({ label, from }: Call): string =>
  ONE_PLACE.has(label) || (label.startsWith("put ") && label.includes(".")) ? label : callSite(from);

/** Calls of a world after which a site that is first met then is met by a fault more often than not: what is called rarely is not tested rarely. */
const RARE_AFTER = 1200;
const AMBUSH = [0.06, 0.6] as const;

const WRITE_ONLY: ReadonlySet<CallFault> = new Set(["unanswered", "repeated"]);
const INDEX_ONLY: ReadonlySet<CallFault> = new Set(["stale-index"]);
/** A table says "throttled"; other stores are only ever away. */
const TABLE_ONLY: ReadonlySet<CallFault> = new Set(["throttled", "repeated"]);
const TABLE_OPS: ReadonlySet<string> = new Set(["get", "put", "delete", "query", "queryIndex", "scan"]);

export const canHit = (fault: CallFault, call: Pick<Call, "op" | "write">): boolean =>
  (!WRITE_ONLY.has(fault) || call.write) &&
  (!INDEX_ONLY.has(fault) || call.op === "queryIndex") &&
  (!TABLE_ONLY.has(fault) || TABLE_OPS.has(call.op));

/**
 * Which faults happen, by the seed's decision, and how often each took effect where. A call of a store meets a fault by its rate; besides,
 * some sites of the engine's source have one fault in ambush, so that each meets each in few worlds without any world being all faults.
 */
export class Faults {
  readonly #options: FaultsOptions;
  /** Times that each fault took effect, by fault and place. */
  readonly counts = new Map<Fault, Map<string, number>>();
  readonly #ambushes = new Map<string, Ambush | undefined>();
  #calls = 0;
  total = 0;
  active = true;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** The fault of a call, if it has one. It takes effect when `hit` is called. */
  ofCall(call: Call): Drawn | undefined {
    if (!this.#may()) return undefined;
    const { random, rates } = this.#options;
    this.#calls++;
    const key = keyOf(call);
    if (!this.#ambushes.has(key)) this.#ambushes.set(key, this.#ambush(call));
    const ambush = this.#ambushes.get(key);
    if (ambush && ambush.passes-- === 0) {
      this.#ambushes.set(key, undefined);
      return { fault: ambush.fault, place: placeOf(callSite(call.from)) };
    }
    const draw = random.next();
    let sum = 0;
    for (const fault of CALL_FAULTS) {
      const rate = rates[fault];
      if (rate === undefined || !canHit(fault, call)) continue;
      sum += rate;
      if (draw < sum) return { fault, place: placeOf(callSite(call.from)) };
    }
    return undefined;
  }

  #ambush(call: Call): Ambush | undefined {
    const { random, rates } = this.#options;
    const [least, most] = AMBUSH;
    if (!random.chance(Math.min(most, Math.max(least, (most * this.#calls) / RARE_AFTER)))) return undefined;
    const fault = random.pick(CALL_FAULTS.filter((one) => canHit(one, call)));
    // Drawn from all that could hit, so that a kind which this world doesn't have leaves the others as they are.
    return rates[fault] === undefined ? undefined : { fault, passes: random.pick([0, 0, 0, 1, 2, 8]) };
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
