import { ensure } from "../ensure.ts";
import type { SeededRandom } from "../random.ts";
import { callSite, placeBelow } from "./call-site.ts";

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
  /** The only faults that may happen; all otherwise. */
  readonly only?: readonly Fault[];
  /** After so many faults no more happen. */
  readonly most?: number;
  /** Faults that lie in wait at places, whatever else is drawn: at each the first call that it can hit. */
  readonly aims?: readonly Aim[];
}

/** A fault of calls, and `file:line` of a call in the engine's source. */
export type Aim = readonly [fault: CallFault, place: string];

/** A fault that awaits one of the next calls from a site. */
interface Ambush {
  readonly fault: CallFault;
  /** Calls that it lets pass. */
  passes: number;
}

/** Nobody lies in wait there, or not any more. */
const NONE: Ambush = { fault: "slow", passes: Number.POSITIVE_INFINITY };

/** A fault that was drawn for a call, and where in the engine's source the call stands. */
export interface Drawn {
  readonly fault: CallFault;
  readonly place: string;
}

/** Operations that stand in several places of the engine's source. Of all others the label tells the place; conditions are named once each. */
const MANY_PLACES: ReadonlySet<string> = new Set([
  "get header",
  "get control",
  "get CMD",
  "get attempt",
  "get definition",
  "get schedule",
  "query attempt",
  "query AUDIT",
  "query dead-letter",
  "query definition",
  "query statistics",
  "queryIndex 1",
  "queryIndex 2",
]);
/** To look where a call stands costs as much as the call: of labels that are met often, every so many calls are looked at. */
const LOOKED_AT = { first: 8, every: 16 } as const;

/** Calls of a world after which a site that is first met then is met by a fault more often than not: what is called rarely is not tested rarely. */
const RARE_AFTER = 700;
const AMBUSH = [0.05, 0.8] as const;

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
  readonly #ambushes = new Map<string, Ambush>();
  /** Calls with a label that stands in many places. */
  readonly #met = new Map<string, number>();
  readonly #aims: Aim[];
  #calls = 0;
  total = 0;
  active = true;

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#aims = [...(options.aims ?? [])];
  }

  /** The fault of a call, if it has one. It takes effect when `hit` is called. */
  ofCall(call: Call): Drawn | undefined {
    if (!this.#may()) return undefined;
    const { random, rates } = this.#options;
    this.#calls++;
    const aimed = this.#aimed(call);
    if (aimed) return aimed;
    const ambushed = this.#ambushed(call);
    if (ambushed) return { fault: ambushed, place: placeBelow(call.from) };
    const draw = random.next();
    let sum = 0;
    for (const fault of CALL_FAULTS) {
      const rate = rates[fault];
      if (rate === undefined || !canHit(fault, call)) continue;
      sum += rate;
      if (draw < sum) return { fault, place: placeBelow(call.from) };
    }
    return undefined;
  }

  #aimed(call: Call): Drawn | undefined {
    if (this.#aims.length === 0) return undefined;
    const place = placeBelow(call.from);
    const at = this.#aims.findIndex((aim) => aim[1] === place && canHit(aim[0], call));
    if (at < 0) return undefined;
    const [[fault]] = this.#aims.splice(at, 1) as [Aim];
    return { fault, place };
  }

  #ambushed(call: Call): CallFault | undefined {
    const key = this.#siteOf(call);
    if (key === undefined) return undefined;
    let ambush = this.#ambushes.get(key);
    if (ambush === undefined) {
      ambush = this.#ambush(call);
      this.#ambushes.set(key, ambush);
    }
    if (ambush === NONE || ambush.passes-- > 0) return undefined;
    this.#ambushes.set(key, NONE);
    return ambush.fault;
  }

  /** What stands for a call's place; undefined for one that isn't looked at. */
  #siteOf({ label, from }: Call): string | undefined {
    if (!MANY_PLACES.has(label)) return label;
    const met = this.#met.get(label) ?? 0;
    this.#met.set(label, met + 1);
    return met < LOOKED_AT.first || met % LOOKED_AT.every === 0 ? callSite(from) : undefined;
  }

  #ambush(call: Call): Ambush {
    const { random, only } = this.#options;
    const [least, most] = AMBUSH;
    if (!random.chance(Math.min(most, Math.max(least, (most * this.#calls) / RARE_AFTER)))) return NONE;
    const fault = random.pick(CALL_FAULTS.filter((one) => canHit(one, call)));
    // Drawn from all that could hit, so that the others stay as they are where one is left out.
    return only && !only.includes(fault) ? NONE : { fault, passes: random.pick(this.#calls > RARE_AFTER ? [0] : [0, 0, 0, 1, 2, 8]) };
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
