import type { Item } from "@qmoi/core";

/** Versions within a generation; 2^21 generations fit into a safe integer. */
const SPAN = 2 ** 32;

export const generationOf = ({ v }: Pick<Item, "v">): number => Math.floor(v / SPAN);

/** The version in another generation: no write that was under way before can match it. */
export const inGeneration = (v: number, generation: number): number => generation * SPAN + (v % SPAN);
