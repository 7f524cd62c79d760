import * as z from "zod";

export const uiOptimizationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    refreshSeconds: z.number().min(1).max(3600).default(5).describe("Seconds between two looks of the dashboard at its figures."),
    rowsPerPage: z.int().min(10).max(1000).default(100).describe("Rows of a table that are loaded at a time."),
  })
  .meta({ title: "UI optimization", description: "How the dashboard loads what it shows." });

export type UiOptimizationConfig = z.output<typeof uiOptimizationSchema>;
