import * as z from "zod";
import { targetSchema } from "../workflow.ts";
import { nameSchema } from "../workflow-parts.ts";

const MOST_SLOTS = 100_000;
const percent = z
  .string()
  .regex(/^(?:100|[1-9]\d?)%$/)
  .describe("A percentage from 1% to 100%.");

const poolSchema = z
  .strictObject({
    slots: z.int().min(1).max(MOST_SLOTS).describe("Slots that running tasks share."),
    largestTask: z.int().min(1).max(MOST_SLOTS).optional().describe("Most slots that one task may take; all of them otherwise."),
  })
  .refine(({ slots, largestTask = 1 }) => largestTask <= slots, "one task can't take more slots than the pool has");

export const parallelProcessingSchema = z
  .strictObject({
    $schema: z.string().optional(),
    pools: z
      .record(nameSchema, poolSchema)
      .refine((pools) => Object.hasOwn(pools, "default"), 'expected a pool named "default", for tasks that name none')
      .default({ default: { slots: 16 } })
      .describe("Pools of slots, over all runs. Tasks that name none use `default`."),
    bindings: z
      .record(
        nameSchema,
        z.record(
          nameSchema,
          targetSchema.refine(({ type }) => type !== "binding", "a binding stands for a target, not for another binding"),
        ),
      )
      .default({})
      .describe(
        "What targets of the type `binding` stand for, by name and stage: `local` is one's own machine, `default` any stage that is not named.",
      ),
    host: z
      .strictObject({
        cpu: z
          .union([z.number().positive().max(10_000), percent])
          .default("100%")
          .describe("Cores that tasks may reserve, as a number or a percentage of the host's."),
        memory: z
          .union([z.int().positive(), percent])
          .default("90%")
          .describe("Bytes of memory that tasks may reserve, or a percentage of the host's."),
        disk: z
          .union([z.int().positive(), percent])
          .default("90%")
          .describe("Bytes of disk that tasks may reserve, or a percentage of what the data folder's disk has."),
      })
      .prefault({})
      .describe("What tasks may reserve of the machine they run on."),
    maxRunningTasks: z.int().min(1).max(10_000).default(256).describe("Most attempts that run on one machine at a time."),
    functionWorkers: z.int().min(1).max(256).default(4).describe("Threads for `function` targets that are kept warm between calls."),
    httpConcurrency: z.int().min(1).max(10_000).default(64).describe("Most requests of `http` targets under way at a time."),
  })
  .meta({ title: "Parallel processing", description: "How much runs side by side: pools of slots, budgets of the host, concurrency." });

export type ParallelProcessingConfig = z.output<typeof parallelProcessingSchema>;
type HostBudget = ParallelProcessingConfig["host"];

/** Cores and bytes that tasks may reserve of a host that has these: a percentage of them, or the number given if there's as much. */
export const hostCapacity = (
  budget: HostBudget,
  measured: Readonly<Record<keyof HostBudget, number>>,
): Record<keyof HostBudget, number> => ({
  cpu: share(budget.cpu, measured.cpu),
  memory: Math.floor(share(budget.memory, measured.memory)),
  disk: Math.floor(share(budget.disk, measured.disk)),
});

const share = (budget: number | string, measured: number): number =>
  typeof budget === "number" ? Math.min(budget, measured) : (Number(budget.slice(0, -1)) / 100) * measured;
