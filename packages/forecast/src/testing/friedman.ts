import { Prng } from "../forest/prng.ts";
import type { Samples } from "../forest/samples.ts";

/** Friedman's first test problem (1991) with 8 uniform features, of which 5 matter, and standard normal noise. */
export const friedman1 = (rows: number, seed: number): Samples => {
  const prng = new Prng(seed, 1991);
  const columns = Array.from({ length: 8 }, () => new Float64Array(rows));
  const target = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = columns.map((column) => {
      column[row] = prng.next();
      return column[row];
    });
    const noise = Math.sqrt(-2 * Math.log(1 - prng.next())) * Math.cos(2 * Math.PI * prng.next());
    target[row] = 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + noise;
  }
  return { features: columns.map((_, f) => ({ name: `x${f}`, kind: "numeric" })), columns, target };
};
