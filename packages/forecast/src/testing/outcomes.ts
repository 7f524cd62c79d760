import type { Prng } from "../forest/prng.ts";
import type { Outcome } from "../model/case.ts";

/** A standard normal number (Box and Muller). */
export const normal = (prng: Prng): number => Math.sqrt(-2 * Math.log(1 - prng.next())) * Math.cos(2 * Math.PI * prng.next());

/** An outcome of type "a", program "p", workflow "w", with one further feature. */
export const outcome = (value: number, given: Partial<Outcome> & { readonly feature?: number } = {}): Outcome => {
  const { feature = Number.NaN, ...rest } = given;
  return { names: ["a", "p", "w"], size: Number.NaN, declared: Number.NaN, row: [feature], value, ...rest };
};
