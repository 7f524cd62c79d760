import type { Grant } from "@qmoi/advanced-automation";
import type { Item } from "@qmoi/core";
import { grantsOf } from "@qmoi/runtime";

/** The live grants that an item of a limiter holds; none in one that isn't there, or of a rate. */
export const grantsIn = (item: Item | undefined): readonly Grant[] => [...grantsOf((item?.g as string | undefined) ?? "").values()];

/** Slots that they take. */
export const slotsIn = (item: Item | undefined): number => grantsIn(item).reduce((sum, { slots }) => sum + slots, 0);
