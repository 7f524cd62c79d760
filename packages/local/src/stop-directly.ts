import { existsSync } from "node:fs";
import { join } from "node:path";
import { SqliteTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { loadConfig, loadDocument, overDocument } from "@qmoi/config/schemas";
import { QmoiError, silentLogger, type Table } from "@qmoi/core";
import { type ControlItem, OverlaidConfiguration } from "@qmoi/runtime";
import { emergencyDisabled, emergencyStop } from "@qmoi/runtime/commands";
import { configReader } from "./config-reader.ts";

export interface DirectStop {
  readonly dataDir: string;
  /** Folder of configuration files. */
  readonly configDir: string;
  readonly who: string;
  readonly reason?: string;
  readonly discard: boolean;
}

/**
 * Stops everything on a data folder by one write to its table, whoever holds the folder and whether or not a server answers. The command's
 * record is written by the next server's tick. Errors: QMOI_UNREACHABLE where there is no table, QMOI_COMMAND_DISABLED, and the store's.
 */
export const stopDirectly = async ({
  dataDir,
  configDir,
  ...request
}: DirectStop): Promise<{ readonly id: string; readonly control: ControlItem }> => {
  const file = join(dataDir, "qmoi.db");
  if (!existsSync(file)) throw new QmoiError("QMOI_UNREACHABLE", `There is nothing to stop: ${dataDir} holds no store.`, { path: dataDir });
  const table = SqliteTable.open(file, { shared: true });
  try {
    if (!(await isEnabled(table, configDir))) throw emergencyDisabled();
    const id = `c${new SystemRandom().id().slice(0, 18)}`;
    return { id, control: await emergencyStop({ table, clock: new SystemClock() }, { id, ...request }) };
  } finally {
    await table.close();
  }
};

/** By the files, and what was changed at run time. What can't be read hinders no stop. */
const isEnabled = async (table: Table, configDir: string): Promise<boolean> => {
  try {
    const read = configReader(configDir);
    const configuration = new OverlaidConfiguration({
      table,
      logger: silentLogger,
      files: loadConfig(read),
      overlay: async () => (document, changed) => overDocument(document, loadDocument(document, read), changed),
    });
    await configuration.refresh();
    return configuration.current().master.emergency_stop_enabled;
  } catch {
    return true;
  }
};
