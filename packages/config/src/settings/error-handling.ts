import type { ErrorClass } from "@qmoi/core";
import * as z from "zod";
import { type RetryPolicy, retrySchema } from "../workflow-parts.ts";

const days = z.int().min(1).max(3650);

/** Attempts and delays; the jitter is full and the backoff exponential. */
const tries = (attempts: number, delay: number, cap: number): RetryPolicy => ({
  attempts,
  backoff: "exponential",
  delay,
  cap,
  jitter: "full",
});

const policy = (policy: RetryPolicy | null) => retrySchema.omit({ on: true }).nullable().default(policy);

/** What goes away by itself is tried more often, what costs a lot less, and what can't change not at all. */
const retriesSchema = z.strictObject({
  exit: policy(tries(3, 1, 60)),
  exception: policy(tries(3, 1, 60)),
  timeout: policy(tries(2, 10, 300)),
  heartbeat: policy(tries(3, 5, 300)),
  memory: policy(tries(2, 30, 300)),
  network: policy(tries(6, 1, 120)),
  throttled: policy(tries(10, 2, 300)),
  http: policy(null),
  invalid: policy(null),
  unavailable: policy(tries(6, 2, 300)),
  lost: policy(tries(5, 1, 30)),
  cancelled: policy(null),
} satisfies Record<ErrorClass, z.ZodType>);

export const errorHandlingSchema = z
  .strictObject({
    $schema: z.string().optional(),
    retries: retriesSchema.prefault({}).describe("Per error class: how a task is tried again that says nothing itself; null for never."),
    timeout: z
      .strictObject({
        default: z
          .number()
          .positive()
          .max(31_536_000)
          .default(3600)
          .describe("Seconds, for tasks that declare none and whose type has no history."),
        learnedFactor: z
          .number()
          .min(1)
          .max(1000)
          .default(10)
          .describe("A learned timeout is this many times the longest run time to expect."),
        learnedFloor: z.number().min(1).max(86_400).default(60).describe("Seconds; a learned timeout is never shorter."),
      })
      .prefault({}),
    retention: z
      .strictObject({
        historyDays: days.default(90).describe("Days that runs and attempts are kept after their end."),
        deadLetterDays: days.default(30).describe("Days that dead letters are kept."),
      })
      .prefault({}),
  })
  .meta({ title: "Error handling", description: "What happens after a failure: retries, timeouts, how long its traces are kept." });

export type ErrorHandlingConfig = z.output<typeof errorHandlingSchema>;
