import { hasCode, type Item } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import type { AttemptItem } from "./items.ts";
import type { Ports } from "./ports.ts";

/**
 * Whether an attempt is of the run as it is stored. One of an older generation was under way when a restore began, and came after it: it
 * counts as not there.
 */
export const isOfRun = (attempt: Pick<Item, "v">, header: Pick<Item, "v">): boolean => generationOf(attempt) >= generationOf(header);

/** Whether the run is of the hint's generation: a restore since has taken back what the hint goes by. */
export const isOfGeneration = (header: Pick<Item, "v">, hint: Pick<Item, "v">): boolean => generationOf(header) === generationOf(hint);

/** What stands in the place of an attempt and is not of the run. Costs a read only after a restore. */
export const strayAt = async ({ table }: Pick<Ports, "table">, item: AttemptItem): Promise<AttemptItem | undefined> => {
  if (generationOf(item) === 0) return undefined;
  const stored = (await table.get(item)) as AttemptItem | undefined;
  return stored && !isOfRun(stored, item) ? stored : undefined;
};

/** Writes an attempt over a stray one. Resolves with what was written; undefined where somebody was faster. */
export const replaceStray = async (
  { table }: Pick<Ports, "table">,
  item: AttemptItem,
  stray: AttemptItem | undefined,
  stamp: "ss" | "es",
): Promise<AttemptItem | undefined> => {
  if (!stray) return undefined;
  try {
    const { seq } = await table.put(item, { when: { site: "attempt.replace", v: stray.v }, stamp });
    return seq === null ? item : { ...item, [stamp]: seq };
  } catch (error) {
    if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    return undefined;
  }
};
