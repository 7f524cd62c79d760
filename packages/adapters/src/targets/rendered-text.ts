import * as z from "zod";

/** Text of a definition after its templates: what is exactly one expression may have become a number or a boolean, and is text again here. */
export const renderedText = z.union(
  [z.string(), z.number().transform(String), z.boolean().transform(String)],
  "must be text, a number or a boolean",
);
