import { QmoiError } from "@qmoi/core";

/** Steps that one expression, or all expressions of one template, may take: about half a second at most. */
const STEPS = 2_000_000;
/** Characters whose copying or comparing costs as much as one step. */
const CHARACTERS_A_STEP = 8;

/** What an evaluation may still cost. Counted, not timed, so that the same expression ends the same way everywhere. */
export class Budget {
  #left: number;
  readonly #weights = new WeakMap<object, number>();

  constructor(steps: number = STEPS) {
    this.#left = steps;
  }

  /** Errors: QMOI_INVALID_EXPRESSION once it is used up. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new QmoiError("QMOI_INVALID_EXPRESSION", "The expression takes too many steps.", {
        remedy: "Work on fewer or smaller values, or do this work inside a task.",
      });
    }
  }

  /** Steps it takes to copy or compare a value: its parts, shared ones each time they occur. */
  weight(value: unknown): number {
    if (typeof value === "string") return 1 + value.length / CHARACTERS_A_STEP;
    if (typeof value !== "object" || value === null) return 1;
    if (value instanceof Uint8Array) return 1 + value.length / CHARACTERS_A_STEP;
    const known = this.#weights.get(value);
    if (known !== undefined) return known;
    let weight = 1;
    for (const inner of value instanceof Map ? value.values() : Object.values(value)) weight += this.weight(inner);
    this.spend(1);
    this.#weights.set(value, weight);
    return weight;
  }
}
