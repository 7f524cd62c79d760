import * as z from "zod";

export const masterEvolutionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    canaryShare: z.number().gt(0).max(0.5).default(0.1).describe("Share of the work on which a changed setting is tried first."),
    significance: z.number().gt(0).max(0.2).default(0.05).describe("Most probability of taking chance for an improvement."),
    rollbackAfterSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(900)
      .describe("Seconds that a change is watched for damage before it counts as kept."),
  })
  .meta({ title: "Master evolution", description: "How the system tries changes of its own settings." });

export type MasterEvolutionConfig = z.output<typeof masterEvolutionSchema>;
