import { ERRORS, QmoiError } from "@qmoi/core";
import { Seeded } from "./seeded.ts";

/** Something that takes input from outside. */
export interface FuzzTarget {
  readonly name: string;
  /** A valid input with one to three mutations, and what it was before. */
  mutate(random: Seeded): { readonly input: string; readonly from: string };
  /** An input that has nothing to do with a valid one. */
  invent(random: Seeded): string;
  /** Takes an input: returns if it accepts it, throws if it refuses it. */
  run(input: string): void | Promise<void>;
  /**
   * Why accepting an input was right: what differs from the valid one, all else having been checked by other means than `run`. Throws an Unjustified
   * that says what is wrong with it otherwise.
   */
  justify(input: string, from: string | undefined): string;
}

/** An acceptance that was wrong. */
export class Unjustified extends Error {}

export interface Finding {
  readonly target: string;
  /** Seed and number of the input, which repeat it. */
  readonly seed: number;
  readonly number: number;
  readonly input: string;
  readonly what: string;
}

export interface FuzzReport {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that were valid documents before their mutations. */
  readonly mutated: number;
  readonly accepted: number;
  /** How often each reason justified an acceptance, and each code a refusal. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly codes: ReadonlyMap<string, number>;
  /** Crashes, errors without a code, acceptances that nothing justifies. */
  readonly findings: readonly Finding[];
  readonly slowestMs: number;
}

const MUTATED = 0.75;

/** Feeds a target with random inputs. The same seed gives the same inputs. */
export const fuzz = async (target: FuzzTarget, count: number, seed: number): Promise<FuzzReport> => {
  const reasons = new Map<string, number>();
  const codes = new Map<string, number>();
  const findings: Finding[] = [];
  let mutated = 0;
  let slowestMs = 0;
  for (let number = 0; number < count; number++) {
    const random = new Seeded(seed + number * 2_654_435_761);
    const isMutated = random.next() < MUTATED;
    if (isMutated) mutated++;
    const { input, from } = isMutated ? target.mutate(random) : { input: target.invent(random), from: undefined };
    const began = performance.now();
    const outcome = await attempt(target, input, from);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if ("code" in outcome) add(codes, outcome.code);
    else if ("reason" in outcome) add(reasons, outcome.reason);
    else findings.push({ target: target.name, seed, number, input, what: outcome.what });
  }
  const accepted = [...reasons.values()].reduce((sum, times) => sum + times, 0);
  return { target: target.name, inputs: count, mutated, accepted, reasons, codes, findings, slowestMs };
};

type Outcome = { readonly code: string } | { readonly reason: string } | { readonly what: string };

const attempt = async (target: FuzzTarget, input: string, from: string | undefined): Promise<Outcome> => {
  try {
    await target.run(input);
  } catch (error) {
    if (!(error instanceof QmoiError))
      return { what: `not a coded error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
    if (!(error.code in ERRORS) || error.code === "QMOI_INTERNAL") return { what: `an error that says nothing: ${error.code}` };
    return error.message === "" ? { what: "an error without a message" } : { code: error.code };
  }
  try {
    return { reason: target.justify(input, from) };
  } catch (error) {
    return { what: `accepted, though ${error instanceof Unjustified ? error.message : String(error)}` };
  }
};

const add = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export const renderReport = (report: FuzzReport): string => {
  const percent = (part: number): string => `${((100 * part) / report.inputs).toFixed(1)} %`;
  const rows = (counts: ReadonlyMap<string, number>): string[] =>
    [...counts].sort((a, b) => b[1] - a[1]).map(([key, times]) => `    ${String(times).padStart(7)}  ${key}`);
  return [
    `${report.target}: ${report.inputs} inputs, ${percent(report.mutated)} of them mutated documents; ${report.accepted} accepted (${percent(report.accepted)})`,
    "  accepted, since",
    ...rows(report.reasons),
    "  refused with",
    ...rows(report.codes),
    `  slowest ${report.slowestMs.toFixed(0)} ms; ${report.findings.length} findings`,
    ...report.findings
      .slice(0, 10)
      .map(
        ({ seed, number, what, input }) => `  FINDING seed ${seed} number ${number}: ${what}\n    ${JSON.stringify(input.slice(0, 2_000))}`,
      ),
  ].join("\n");
};
