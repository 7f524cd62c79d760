import {
  AuditLog,
  AuditReader,
  type Configuration,
  type ControlPlane,
  createControlPlane,
  type Definitions,
  Engine,
  type StoredConfiguration,
} from "@qmoi/runtime";
import { auditKey } from "./audit-key.ts";
import { openDefinitions } from "./definitions.ts";
import { openedLate } from "./opened-late.ts";
import type { CloudSystem } from "./system.ts";

/** What is known of the configuration, and how it is changed and restored. */
export type CloudConfiguration = Configuration & Pick<StoredConfiguration, "restore">;

/** What people may look at and change, with its audit and its configuration. */
export interface CloudPlane {
  readonly definitions: Definitions;
  readonly engine: Engine;
  readonly plane: ControlPlane;
  readonly audit: AuditLog;
  readonly records: AuditReader;
  readonly configuration: CloudConfiguration;
}

/** It answers people and commands; what follows from what they do is done by those whom the table's stream and `later` wake. */
export const openPlane = async ({ ports, later, env, configuration: fresh }: CloudSystem): Promise<CloudPlane> => {
  const roles = { decides: false, works: false, schedules: false };
  const definitions = openDefinitions(ports);
  const engine = new Engine(ports, { id: "api", brief: true, roles, later, definitions });
  engine.openPools();
  const key = await auditKey(env.QMOI_PREFIX);
  const audit = new AuditLog(ports, key);
  const records = new AuditReader(ports.table, audit, key);
  // What is set holds without the schemas that it takes to change it.
  const configuration = openedLate<CloudConfiguration>(
    async () => {
      const stored = await (await import("./stored-configuration.ts")).openStoredConfiguration(ports, audit);
      fresh.use(stored);
      return stored;
    },
    { current: () => fresh.current() },
  );
  return { definitions, engine, plane: createControlPlane(engine), audit, records, configuration };
};
