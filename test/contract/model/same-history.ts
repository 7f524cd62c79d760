import type { Table } from "@qmoi/core";
import { expect } from "vitest";
import type { Operation } from "./operations.ts";
import { type Leniency, type Outcome, outcome } from "./outcomes.ts";

/** How often operations ended in which way: a property that only ever meets errors would show nothing. */
export class Met {
  readonly ways = new Set<string>();

  add({ op }: Operation, result: Outcome): void {
    this.ways.add("code" in result ? `${op} ${result.code}` : op);
  }
}

/** Carries out the same history on both tables and compares each outcome; at last, what each of them holds. */
export const sameHistory = async (history: readonly Operation[], one: Table, other: Table, leniency: Leniency, met: Met): Promise<void> => {
  for (const operation of [...history, { op: "scan", limit: 1000 } as const]) {
    const [first, second] = [await outcome(one, operation, leniency), await outcome(other, operation, leniency)];
    met.add(operation, first);
    expect(second).toEqual(first);
  }
};

export const SUCCESSES = ["get", "put", "delete", "query", "queryIndex", "scan"];
