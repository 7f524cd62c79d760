import type { Item } from "@qmoi/core";

/** Versions within a generation; 2^21 generations fit into a safe integer. */
const SPAN = 2 ** 32;

export const generationOf = ({ v }: Pick<Item, "v">): number => Math.floor(v / SPAN);

/** The version in another generation: no write that was under way before can match it. */
export const inGeneration = (v: number, generation: number): number => generation * SPAN + (v % SPAN);

/** The first version of what is written on the strength of an item: nothing is of an older generation than what it goes by. */
export const firstIn = (of: Pick<Item, "v">): number => inGeneration(1, generationOf(of));
