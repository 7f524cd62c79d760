import { QmoiError } from "@qmoi/core";
import type { Check, CommandView } from "@qmoi/master-automation";
import { checkEvidence } from "@qmoi/master-automation/commands";
import type { CommandStore } from "./command-store.ts";
import type { CommandParts } from "./parts.ts";
import { witnessesOf } from "./witnesses.ts";

/** A command with what was found of its evidence. */
export interface VerifiedCommand {
  readonly command: CommandView;
  readonly checks: readonly Check[];
  readonly holds: boolean;
}

/** Whether the evidence of a command is what history, audit and backups say. Errors: QMOI_NOT_FOUND, QMOI_COMMAND_RUNNING. */
export const verifyCommand = async (parts: CommandParts, store: CommandStore, id: string): Promise<VerifiedCommand> => {
  const view = await store.view(id);
  if (!view.evidence) throw new QmoiError("QMOI_COMMAND_RUNNING", `Command ${id} is ${view.state}: it has no evidence yet.`);
  const witnesses = await witnessesOf(parts, store, await store.get(id));
  const checks = checkEvidence(view, view.evidence, witnesses);
  return { command: view, checks, holds: checks.every(({ holds }) => holds) };
};
