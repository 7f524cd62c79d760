import * as z from "zod";

const MEBIBYTE = 1024 * 1024;

export const memoryOptimizationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    taskMemory: z
      .int()
      .min(0)
      .default(128 * MEBIBYTE)
      .describe("Bytes reserved for a task that declares none and whose type has no history; 0 reserves nothing."),
    functionWorkerMemory: z
      .int()
      .min(16 * MEBIBYTE)
      .default(512 * MEBIBYTE)
      .describe("Heap in bytes of a thread that runs `function` targets, where the task declares no memory."),
    capturedOutput: z
      .int()
      .min(1024)
      .max(1024 * MEBIBYTE)
      .default(MEBIBYTE)
      .describe("Bytes of output and log lines kept per attempt; what comes after is left out."),
    inlineOutput: z
      .int()
      .min(0)
      .max(65_536)
      .default(4096)
      .describe("Outputs up to this many bytes of JSON lie beside their attempt, larger ones in the blob store."),
    host: z
      .strictObject({
        pauseAbove: z.number().gt(0).max(1).default(0.95).describe("Share of the host's memory in use above which no new work starts."),
        resumeBelow: z.number().gt(0).max(1).default(0.9).describe("Share of the host's memory in use below which work starts again."),
      })
      .refine(({ pauseAbove, resumeBelow }) => resumeBelow <= pauseAbove, "resumeBelow must not be above pauseAbove")
      .prefault({}),
  })
  .meta({ title: "Memory optimization", description: "Memory of tasks and workers, and how much of their output is kept." });

export type MemoryOptimizationConfig = z.output<typeof memoryOptimizationSchema>;
