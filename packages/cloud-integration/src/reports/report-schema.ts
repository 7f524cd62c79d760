import * as z from "zod";
import { MOST_METRICS } from "./report.ts";

const metric = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_./-]{0,63}$/, "A metric's name is a letter, and behind it up to 63 letters, digits and any of _ . / -"),
  value: z.number(),
  unit: z
    .string()
    .regex(/^[\x21-\x7e]{1,16}$/, "A unit is 1 to 16 printable ASCII characters without spaces.")
    .optional(),
});

/** A report as a provider sends it. */
export const reportSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, "An id is 1 to 100 printable ASCII characters without spaces.")
    .describe("The report's own: the same id again is the same report again."),
  at: z.iso
    .datetime("at must be a time such as 2026-01-31T09:00:00Z.")
    .transform((text) => Date.parse(text))
    .describe("When it was made, by the provider's clock."),
  metrics: z
    .array(metric)
    .max(MOST_METRICS)
    .superRefine((metrics, context) => {
      const twice = metrics.findIndex(({ name }, index) => metrics.findIndex((other) => other.name === name) < index);
      if (twice >= 0)
        context.addIssue({ code: "custom", path: [twice, "name"], message: `There are two metrics ${metrics[twice]?.name}.` });
    }),
});
