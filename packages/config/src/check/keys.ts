import type { Problems } from "../problems.ts";
import type { Workflow } from "../workflow.ts";

/** Finds tasks that give the same key different limits: which of them held would depend on who came first. */
export const checkKeys = (workflow: Workflow, problems: Problems): void => {
  for (const kind of ["concurrency", "rate"] as const) {
    const first = new Map<string, { readonly task: string; readonly limit: string }>();
    workflow.tasks.forEach((task, index) => {
      const limiter = task[kind];
      if (!limiter || limiter.key.includes("${{")) return;
      const limit = "per" in limiter ? `${limiter.limit} in ${limiter.per} s` : String(limiter.limit);
      const before = first.get(limiter.key);
      if (before === undefined) first.set(limiter.key, { task: task.name, limit });
      else if (before.limit !== limit) {
        const message = `the ${kind} key "${limiter.key}" has the limit ${limit} here and ${before.limit} in task "${before.task}"`;
        problems.add("QMOI_INVALID_WORKFLOW", ["tasks", index, kind, "limit"], message, { expected: before.limit, found: limit });
      }
    });
  }
};
