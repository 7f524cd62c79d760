import * as z from "zod";

/** A page of a list: `next`, if present, goes into the query as `after`. */
export const pageOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item), next: z.string().optional() });

/** A list that is told whole. */
export const listOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });
