import type { TaskDefinition } from "@qmoi/config";
import { type AttemptItem, keys } from "./items.ts";
import type { Hint, Ports } from "./ports.ts";
import { isTransient } from "./retrying.ts";

/** How many earlier attempts of a task ended for want of memory; none where that can't be read now. */
export const endedOutOfMemory = async (ports: Pick<Ports, "table">, { run, task }: Hint): Promise<number> => {
  try {
    const page = await ports.table.query({ pk: keys.attempts(run, task), prefix: keys.attemptsOfTask(task) });
    return (page.items as readonly AttemptItem[]).filter((item) => item.f?.class === "memory").length;
  } catch (error) {
    if (isTransient(error)) return 0;
    throw error;
  }
};

/** Most bytes that an attempt may use: as declared, twice as much after each end for want of memory, but no more than the host has. */
export const memoryCap = (ports: Pick<Ports, "settings" | "limits">, def: TaskDefinition, outOfMemory: number): number | undefined => {
  const usual = def.resources?.memory ?? (def.target.type === "function" ? ports.settings().functionMemoryBytes : undefined);
  if (usual === undefined || outOfMemory === 0) return usual;
  const host = ports.limits().host?.memory ?? Number.POSITIVE_INFINITY;
  return Math.max(usual, Math.min(usual * 2 ** outOfMemory, host));
};
