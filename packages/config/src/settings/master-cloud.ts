import * as z from "zod";

const provider = z.strictObject({ enabled: z.boolean().default(false).describe("Whether work may be placed there.") }).prefault({});

export const masterCloudSchema = z
  .strictObject({
    $schema: z.string().optional(),
    providers: z
      .strictObject({ aws: provider, gcp: provider, azure: provider, huggingface: provider, colab: provider })
      .prefault({})
      .describe("Where work may be placed."),
    monthlyBudget: z.number().min(0).nullable().default(null).describe("Most US dollars a month over all providers; null for no bound."),
  })
  .meta({ title: "Master cloud", description: "Cloud providers and what they may cost." });

export type MasterCloudConfig = z.output<typeof masterCloudSchema>;
