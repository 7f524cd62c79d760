import { type Aim, CALL_FAULTS, type CallFault, type Fault, type SimulateResult, WORLD_FAULTS } from "@qmoi/simulator";
import { type CallSite, storeCalls } from "./call-sites.ts";
import { isUnder, NOT_SIMULATED } from "./not-simulated.ts";

/** How often each fault took effect at each call of a store, and in the world. */
export interface Matrix {
  readonly rows: readonly { readonly site: CallSite; readonly counts: Readonly<Partial<Record<CallFault, number>>> }[];
  readonly world: readonly { readonly fault: Fault; readonly count: number }[];
  /** Faults, and the calls at which they never happened and can. */
  readonly missing: readonly Aim[];
  /** Calls that worlds never or seldom reach, by where they lie and why. */
  readonly left: readonly { readonly under: string; readonly why: string; readonly calls: number }[];
  /** Places that faults hit and that the source doesn't have. */
  readonly unknown: readonly string[];
}

/** A call that has tests of its own is left to them where worlds met so few faults there: whether they meet the rest would be luck. */
const SELDOM = 10;

const applies = (fault: CallFault, { store, op, write }: CallSite): boolean => {
  if (fault === "stale-index") return op === "queryIndex";
  if (fault === "throttled") return store === "table";
  if (fault === "repeated") return store === "table" && write;
  return fault !== "unanswered" || write;
};

export const matrixOf = (faults: SimulateResult["faults"]): Matrix => {
  const all = storeCalls();
  const isLeft = (site: CallSite): boolean =>
    NOT_SIMULATED.some((one) => isUnder(one, site)) &&
    CALL_FAULTS.reduce((met, fault) => met + (faults[fault]?.[site.place] ?? 0), 0) < SELDOM;
  const sites = all.filter((site) => !isLeft(site));
  const rows = sites.map((site) => ({
    site,
    counts: Object.fromEntries(
      CALL_FAULTS.filter((fault) => applies(fault, site)).map((fault) => [fault, faults[fault]?.[site.place] ?? 0]),
    ),
  }));
  const known = new Set(all.map((site) => site.place));
  // A simulated platform calls stores too, outside of the engine's source.
  const files = new Set(all.map(({ place }) => place.split(":")[0]));
  const hit = new Set(CALL_FAULTS.flatMap((fault) => Object.keys(faults[fault] ?? {})));
  return {
    rows,
    world: WORLD_FAULTS.map((fault) => ({ fault, count: Object.values(faults[fault] ?? {}).reduce((a, b) => a + b, 0) })),
    missing: rows.flatMap(({ site, counts }) =>
      Object.entries(counts).flatMap(([fault, count]): Aim[] => (count === 0 ? [[fault as CallFault, site.place]] : [])),
    ),
    left: NOT_SIMULATED.map((one) => ({
      under: one.under,
      why: one.why,
      calls: all.filter((site) => isUnder(one, site) && isLeft(site)).length,
    })),
    unknown: [...hit].filter((place) => files.has(place.split(":")[0]) && !known.has(place)),
  };
};

/** The matrix as a table of text. */
export const printMatrix = ({ rows, world, left }: Matrix): string => {
  const cell = (text: string | number): string => String(text).padStart(12);
  const head = `${"call of a store".padEnd(40)}${CALL_FAULTS.map(cell).join("")}`;
  const lines = rows.map(
    ({ site, counts }) =>
      `${`${site.store}.${site.op} ${site.place}`.padEnd(40)}${CALL_FAULTS.map((fault) => cell(counts[fault] ?? "-")).join("")}`,
  );
  return [
    head,
    ...lines,
    ...left.map(({ under, why, calls }) => `${under.padEnd(40)}${calls} calls left out: ${why}`),
    "",
    ...world.map(({ fault, count }) => `${fault.padEnd(40)}${cell(count)}`),
  ].join("\n");
};
