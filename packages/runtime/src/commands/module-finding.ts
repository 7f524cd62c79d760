import type { ModuleName } from "@qmoi/config";
import type { Finding } from "@qmoi/master-automation";
import type { CommandParts } from "./parts.ts";

/** What a module itself says of its health. */
export const moduleFinding = async ({ modules }: CommandParts, module: ModuleName): Promise<Finding> => {
  try {
    const evidence = (await modules.get(module)?.health()) ?? {};
    return { about: "module", severity: "ok", text: `${module} says that it is well.`, evidence: { module, ...evidence } };
  } catch (error) {
    const text = `${module} says that it is not well: ${error instanceof Error ? error.message : String(error)}`;
    return { about: "module", severity: "critical", text, evidence: { module }, todo: "See its errors in the log." };
  }
};
