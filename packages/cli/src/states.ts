import type { RunState, TaskState } from "@qmoi/client";
import type { Ansis } from "ansis";

export type AnyState = RunState | TaskState | "void";

const MARKS: Readonly<Record<AnyState, string>> = {
  pending: "·",
  ready: "○",
  waiting: "◷",
  running: "●",
  held: "!",
  paused: "‖",
  cancelling: "◌",
  succeeded: "✓",
  failed: "✗",
  skipped: "−",
  cancelled: "⊘",
  void: "∅",
};

/** The state's colour: green is good, red is bad, yellow wants a person, cyan moves, dim rests. */
export const paint = (style: Ansis, state: AnyState, text: string): string => {
  if (state === "succeeded") return style.green(text);
  if (state === "failed") return style.red(text);
  if (state === "held" || state === "paused" || state === "cancelling" || state === "cancelled") return style.yellow(text);
  if (state === "running" || state === "ready" || state === "waiting") return style.cyan(text);
  return style.dim(text);
};

/** Mark and word, coloured. Never the colour alone. */
export const stateText = (style: Ansis, state: AnyState): string => paint(style, state, `${MARKS[state]} ${state}`);

export const stateMark = (style: Ansis, state: AnyState): string => paint(style, state, MARKS[state]);

export const isOver = (state: RunState): boolean => state === "succeeded" || state === "failed" || state === "cancelled";

/** `12 succeeded, 1 failed`: what is not zero, what is over first. */
export const countsText = (counts: Readonly<Record<TaskState, number>>): string => {
  const order: readonly TaskState[] = ["succeeded", "failed", "skipped", "cancelled", "running", "held", "ready", "waiting", "pending"];
  return order
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`)
    .join(", ");
};
