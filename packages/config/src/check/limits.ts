import { nearest } from "../nearest.ts";
import type { Problems } from "../problems.ts";
import type { Workflow } from "../workflow.ts";

/** Slots of a pool, and how many of them one task may take: all of them where it isn't said. */
export interface PoolLimits {
  readonly slots: number;
  readonly largestTask?: number | undefined;
}

/** What tasks can be given at most, where the workflow is to run. */
export interface WorkflowLimits {
  /** Configured pools by name; without them, pools that the workflow doesn't bring are not checked. */
  readonly pools?: Readonly<Record<string, PoolLimits>>;
  /** Cores, and bytes of memory and disk, that the host gives to tasks; what is absent is not checked. */
  readonly host?: { readonly cpu?: number; readonly memory?: number; readonly disk?: number };
}

const HOST = ["cpu", "memory", "disk"] as const;
const UNITS = { cpu: "cores", memory: "bytes of memory", disk: "bytes of disk" } as const;

/** Finds tasks that would wait for ever: an unknown pool, more slots than their pool has, more of a resource than the host gives. */
export const checkLimits = (workflow: Workflow, limits: WorkflowLimits, problems: Problems): void => {
  const pools = { ...limits.pools, ...workflow.pools };
  workflow.tasks.forEach(({ name, resources }, index) => {
    const path = ["tasks", index, "resources"];
    checkPool(name, resources ?? {}, { pools, known: limits.pools !== undefined, path, problems });
    for (const kind of HOST) {
      const wanted = resources?.[kind];
      const most = limits.host?.[kind];
      if (wanted === undefined || most === undefined || wanted <= most) continue;
      problems.add(
        "QMOI_TASK_NEVER_FITS",
        [...path, kind],
        `task "${name}" asks for ${wanted} ${UNITS[kind]}, of which this host gives at most ${most}`,
        {
          expected: `at most ${most}`,
          found: String(wanted),
        },
      );
    }
  });
};

interface PoolCheck {
  readonly pools: Readonly<Record<string, PoolLimits>>;
  readonly known: boolean;
  readonly path: readonly PropertyKey[];
  readonly problems: Problems;
}

const checkPool = (
  task: string,
  resources: { readonly pool?: string | undefined; readonly slots?: number | undefined },
  check: PoolCheck,
): void => {
  const { pool = "default", slots = 1 } = resources;
  const found = Object.hasOwn(check.pools, pool) ? check.pools[pool] : undefined;
  if (found === undefined) {
    if (!check.known) return;
    const suggestion = nearest(pool, Object.keys(check.pools));
    const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
    check.problems.add(
      "QMOI_TASK_NEVER_FITS",
      [...check.path, "pool"],
      `task "${task}" wants the pool "${pool}", which does not exist${hint}`,
      {
        found: pool,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    );
    return;
  }
  const most = found.largestTask ?? found.slots;
  if (slots <= most) return;
  const message = `task "${task}" asks for ${slots} slots of the pool "${pool}", which gives a task at most ${most}`;
  check.problems.add("QMOI_TASK_NEVER_FITS", [...check.path, "slots"], message, { expected: `at most ${most}`, found: String(slots) });
};
