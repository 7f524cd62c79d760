import * as z from "zod";
import { PROVIDERS, type ProviderName } from "./providers.ts";

const provider = z.strictObject({ enabled: z.boolean().default(false).describe("Whether work may be placed there.") }).prefault({});

const reports = z
  .strictObject({
    expected: z
      .array(z.enum(PROVIDERS))
      .max(PROVIDERS.length)
      .default([])
      .describe("Providers that are to report: one of these is silent also where it has never reported."),
    silentAfterMinutes: z
      .int()
      .min(1)
      .max(1440)
      .default(15)
      .describe("Minutes without a report after which a provider counts as silent. The alarm goes by what the file says at a deploy."),
  })
  .prefault({});

export const masterCloudSchema = z
  .strictObject({
    $schema: z.string().optional(),
    providers: z
      .strictObject(Object.fromEntries(PROVIDERS.map((name) => [name, provider])) as Record<ProviderName, typeof provider>)
      .prefault({})
      .describe("Where work may be placed."),
    reports: reports.describe("What providers tell of themselves."),
    monthlyBudget: z.number().min(0).nullable().default(null).describe("Most US dollars a month over all providers; null for no bound."),
  })
  .meta({ title: "Master cloud", description: "Cloud providers and what they may cost." });

export type MasterCloudConfig = z.output<typeof masterCloudSchema>;
