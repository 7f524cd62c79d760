import { tmpdir } from "node:os";
import type { TaskFunction } from "@qmoi/adapters";
import { LOCAL } from "@qmoi/core";
import { type LocalSystem, openLocal } from "@qmoi/local";
import type { CommandView, MasterCommand } from "@qmoi/master-automation";
import type { SystemModule } from "@qmoi/runtime";

export const BY = { who: LOCAL };

/** A started system in memory that waits for nothing; `modules` beside its own. */
export const openSystem = async (
  functions: Readonly<Record<string, TaskFunction>> = {},
  modules: readonly SystemModule[] = [],
): Promise<LocalSystem> => {
  const inline = new Map<string, TaskFunction>(Object.entries({ noop: () => null, ...functions }));
  const system = await openLocal({ dataDir: tmpdir(), inMemory: true, inline, modules, env: {}, paces: { waitMs: 10, retryMs: 5 } });
  await system.start();
  return system;
};

export const ended = async ({ services: { commands } }: LocalSystem, id: string): Promise<CommandView> => {
  for (;;) {
    const view = await commands.get(id);
    if (view.endedAt !== undefined) return view;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

export const carryOut = async (system: LocalSystem, command: MasterCommand): Promise<CommandView> =>
  ended(system, (await system.services.commands.submit(command, BY)).id);

/** Waits until it holds. */
export const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};
