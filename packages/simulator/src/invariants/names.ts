import type { RunRecord } from "../ledger.ts";

/** `run/name/attempt` as messages give it. */
export const named = (run: RunRecord, task: number, attempt?: number): string => {
  const plain = run.graph.tasks[task]?.name;
  const expansion = run.header.exp?.find(([, offset, count]) => task >= offset && task < offset + count);
  const name = plain ?? (expansion ? `${run.graph.tasks[expansion[0]]?.name}[${task - expansion[1]}]` : `#${task}`);
  return `${run.run}/${name}${attempt === undefined ? "" : `/${attempt}`}`;
};

export const BIT_NAMES: Readonly<Record<number, string>> = {
  0: "pending",
  1: "open",
  2: "expanded",
  3: "held",
  8: "succeeded",
  9: "failed",
  10: "skipped",
  11: "cancelled",
};
