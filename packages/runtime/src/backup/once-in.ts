import type { Definitions } from "../definitions.ts";
import type { HeaderItem } from "../items.ts";
import { locate } from "../run-facts.ts";
import type { BackupParts } from "./backup-parts.ts";

/** Tells by the definitions whether a task's effect may happen only once. */
export const onceIn =
  (definitions: Definitions): BackupParts["isOnce"] =>
  async (version, expansions, task) => {
    const header = (expansions === undefined ? {} : { exp: expansions }) as HeaderItem;
    return locate({ header, graph: await definitions.graph(version) }, task)?.task.def.effect === "once";
  };
