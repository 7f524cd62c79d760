import type { WorkflowDocument } from "@qmoi/config";

/** What is counted: runs of one workflow that arrive at a steady rate. */
export interface CostWorkload {
  readonly name: string;
  readonly document: WorkflowDocument;
  readonly tasks: number;
  readonly runs: number;
  /** Milliseconds from one run's start to the next one's. */
  readonly every: number;
}

const TASKS = 20;
/** Tasks of a layer. */
const WIDE = 4;
const STEPS = ["extract", "clean", "join", "aggregate", "publish"];

const needsOf = (n: number): string[] => {
  const layer = Math.floor(n / WIDE);
  if (layer === 0) return [];
  const above = (k: number): string => `t${(layer - 1) * WIDE + (k % WIDE)}`;
  // Eight edges into a layer, six into the second: 1.5 a task.
  const both = n % (2 * WIDE) < (layer === 1 ? 6 : 8);
  return both ? [above(n), above(n + 1)] : [above(n)];
};

const task = (n: number) => ({
  name: `t${n}`,
  type: STEPS[Math.floor(n / WIDE)] ?? "publish",
  needs: needsOf(n),
  target: { type: "wait" as const, seconds: 0 },
});

const graph = { name: "graph", tasks: Array.from({ length: TASKS }, (_, n) => task(n)) };

export const edgesOf = (workflow: { readonly tasks: readonly { readonly needs?: readonly unknown[] }[] }): number =>
  workflow.tasks.reduce((edges, { needs }) => edges + (needs?.length ?? 0), 0);

export const GRAPHS: CostWorkload = { name: "graph of 20 tasks", document: graph, tasks: TASKS, runs: 20, every: 500 };
export const SINGLES: CostWorkload = {
  name: "run of one task",
  document: { name: "single", tasks: [task(0)] },
  tasks: 1,
  runs: 100,
  every: 100,
};

/** A result as a step of a pipeline has it: figures, a path, a checksum. 1 KB of JSON. */
export const outputOf = (key: string, random: () => number): Record<string, unknown> => {
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  const parts: object[] = [];
  const output = { rows: Math.floor(random() * 1e6), seconds: Math.round(random() * 1e5) / 1e3, path: `results/${key}`, parts };
  while (JSON.stringify(output).length < 930)
    parts.push({ file: `part-${parts.length}.parquet`, bytes: Math.floor(random() * 1e8), sha: hex(32) });
  return { ...output, note: hex(Math.max(0, 1013 - JSON.stringify(output).length)) };
};
