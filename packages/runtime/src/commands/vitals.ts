import { moduleRuns } from "@qmoi/master-automation";
import { judgeModules } from "@qmoi/master-automation/commands";
import { readControl } from "./change-control.ts";
import { lateFirings, moduleFacts } from "./health-facts.ts";
import type { CommandParts } from "./parts.ts";

/** A firing may be this late before it is worth an alarm: two ticks. */
const LATE_MS = 120_000;

/** Tells what can only be told by who looks: what has not happened. Where nobody listens, nobody looks. */
export const tellVitals = async (parts: CommandParts): Promise<void> => {
  const { ports } = parts.engine;
  if (!ports.metrics) return;
  const now = ports.clock.now();
  const control = await readControl(ports);
  const [late, modules, known] = await Promise.all([
    moduleRuns(control, "advanced-automation") ? lateFirings(parts, now - LATE_MS) : [],
    moduleFacts(parts, control),
    parts.providers.all(),
  ]);
  const unwell = judgeModules({ modules, now }).filter(({ severity }) => severity === "warning" || severity === "critical");
  ports.metrics.add("LateSchedules", late.length);
  ports.metrics.add("UnwellModules", unwell.length);
  // A metric is paid for while it is told.
  if (known.length > 0) ports.metrics.add("ProviderSilence", Math.max(...known.map(({ minutes }) => minutes)));
};
