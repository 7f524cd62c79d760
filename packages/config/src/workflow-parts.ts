import { ERROR_CLASSES } from "@qmoi/core";
import * as z from "zod";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** Names of workflows, tasks, pools and tags. */
export const nameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(NAME)
  .describe("Letters, digits, '.', '_' and '-'; begins and ends with a letter or digit.");
export const secondsSchema = z.number().min(0).max(31_536_000);

export const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(100).describe("Most tries, the first included."),
  backoff: z.enum(["constant", "linear", "exponential"]).default("exponential"),
  delay: secondsSchema.default(1).describe("Seconds before the second try."),
  cap: secondsSchema.default(300).describe("Longest delay in seconds."),
  jitter: z.enum(["full", "none"]).default("full").describe("full: uniform between 0 and the delay."),
  on: z
    .array(z.enum(ERROR_CLASSES))
    .min(1)
    .optional()
    .describe("Error classes that are tried again; without it each class has its own policy's answer."),
});

export type RetryPolicy = z.output<typeof retrySchema>;
