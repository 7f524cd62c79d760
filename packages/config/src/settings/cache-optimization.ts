import * as z from "zod";

const MEBIBYTE = 1024 * 1024;

export const cacheOptimizationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    maxBytes: z
      .int()
      .min(0)
      .default(256 * MEBIBYTE)
      .describe("Bytes of results kept for reuse; 0 keeps none."),
    maxAgeSeconds: z.number().positive().max(31_536_000).default(86_400).describe("Seconds after which a kept result counts as old."),
  })
  .meta({ title: "Cache optimization", description: "Results of tasks that are kept for reuse." });

export type CacheOptimizationConfig = z.output<typeof cacheOptimizationSchema>;
