import type { ModuleName } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Clock, LOCAL, type Table } from "@qmoi/core";
import { type Master, openMaster } from "@qmoi/local";
import type { CommandView, MasterCommand } from "@qmoi/master-automation";
import { AuditLog, AuditReader, Modules, type SystemModule } from "@qmoi/runtime";
import { bareEngine } from "./bare-engine.ts";

const KEY = Buffer.alloc(32, 1);

export interface MasterLab extends Master {
  readonly log: AuditLog;
}

/** The master on any table, with an engine that isn't started, and modules beside it. */
export const masterLab = (
  table: Table,
  modules: readonly SystemModule[] = [],
  more: Partial<Parameters<typeof openMaster>[0]> = {},
  clock?: Clock,
): MasterLab => {
  const { engine } = bareEngine(table, async () => ({ ok: true }), clock ? { clock } : {});
  const log = new AuditLog(engine.ports, KEY);
  const registry = new Modules(engine.ports);
  const master = openMaster({
    engine,
    modules: registry,
    config: () => loadConfig(() => undefined),
    audit: log,
    records: new AuditReader(table, log, KEY),
    waitMs: 1,
    retryMs: 1,
    ...more,
  });
  for (const module of modules) registry.register(module);
  return { ...master, log };
};

/** A module of which nothing is known but how it is. */
export const moduleThat = (
  name: ModuleName,
  health: () => Promise<Record<string, never>>,
  more: Partial<SystemModule> = {},
): SystemModule => ({
  name,
  tick: async () => undefined,
  health,
  ...more,
});

export const give = ({ commands }: Master, command: MasterCommand): Promise<CommandView> => commands.submit(command, { who: LOCAL });

export const endOf = async ({ commands }: Master, id: string): Promise<CommandView> => {
  for (;;) {
    const view = await commands.get(id);
    if (view.endedAt !== undefined) return view;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
