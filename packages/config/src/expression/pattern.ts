import { Late } from "@qmoi/core";
import type { Budget } from "./budget.ts";

/** A compiled regular expression that needs linear time for any text (RE2: no look-around, no back references). */
export interface Pattern {
  readonly instructions: number;
  test(text: string): boolean;
  /** The source: what keeps patterns apart in a cache by text. */
  toString(): string;
}

/** What compiles regular expressions. */
export const patterns = /* @__PURE__ */ new Late("Regular expressions", async () => (await import("./re2.ts")).compileRe2);

/** Compiles a regular expression in JavaScript's syntax, at the budget's cost; `patterns` are loaded. Errors: QMOI_INVALID_EXPRESSION. */
export const compilePattern = (source: string, budget?: Budget): Pattern => patterns.value(source, budget);
