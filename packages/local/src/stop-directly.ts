import { existsSync } from "node:fs";
import { join } from "node:path";
import { SqliteTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { QmoiError } from "@qmoi/core";
import type { ControlItem } from "@qmoi/runtime";
import { emergencyStop } from "@qmoi/runtime/commands";

/**
 * Stops everything on a data folder by one write to its table, whoever holds the folder and whether or not a server answers. The command's
 * record is written by the next server's tick. Errors: QMOI_UNREACHABLE where there is no table, and the store's.
 */
export const stopDirectly = async (
  dataDir: string,
  request: { readonly who: string; readonly reason?: string; readonly discard: boolean },
): Promise<{ readonly id: string; readonly control: ControlItem }> => {
  const file = join(dataDir, "qmoi.db");
  if (!existsSync(file)) throw new QmoiError("QMOI_UNREACHABLE", `There is nothing to stop: ${dataDir} holds no store.`, { path: dataDir });
  const table = SqliteTable.open(file, { shared: true });
  try {
    const id = `c${new SystemRandom().id().slice(0, 18)}`;
    return { id, control: await emergencyStop({ table, clock: new SystemClock() }, { id, ...request }) };
  } finally {
    await table.close();
  }
};
