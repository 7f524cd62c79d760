import type { Grant } from "@qmoi/advanced-automation";
import type { Item } from "@qmoi/core";
import { grantsOf } from "@qmoi/runtime";
import { ensure } from "../ensure.ts";

/** By item: what is stored never changes, and several invariants look at each. */
const known = new WeakMap<Item, readonly Grant[]>();
const NONE: readonly Grant[] = [];

/** The live grants that an item of a limiter holds; none in one that isn't there, or of a rate. */
export const grantsIn = (item: Item | undefined): readonly Grant[] =>
  item?.g === undefined ? NONE : ensure(known, item, () => [...grantsOf(item.g as string).values()]);

/** Slots that they take. */
export const slotsIn = (item: Item | undefined): number => grantsIn(item).reduce((sum, { slots }) => sum + slots, 0);
