import { hasCode, parseSchedule } from "@qmoi/core";
import { z } from "zod";

/** The eight systems, in the order in which people list them. */
export const MODULES = [
  "master-automation",
  "advanced-automation",
  "health-monitor",
  "parallel-error-fixer",
  "intelligent-scheduler",
  "data-optimizer",
  "auto-evolution",
  "cloud-integration",
] as const;
export type ModuleName = (typeof MODULES)[number];

const scheduleSchema = z
  .string()
  .max(256)
  .superRefine((expression, context) => {
    try {
      parseSchedule(expression, "UTC");
    } catch (error) {
      if (!hasCode(error, "QMOI_INVALID_SCHEDULE")) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  })
  .describe("When the module looks for work that no event told it of: cron(…), rate(…) or at(…) as in AWS, in UTC.");

const moduleSchema = (priority: number, needs: readonly ModuleName[], schedule: string) =>
  z
    .strictObject({
      priority: z.int().min(0).max(9).default(priority).describe("Lower numbers start first, where needs leave the choice."),
      needs: z
        .array(z.enum(MODULES))
        .max(MODULES.length)
        .default([...needs])
        .describe("Modules that must run before this one starts, and that stop after it."),
      schedule: scheduleSchema.default(schedule),
      enabled: z.boolean().default(true).describe("Whether the module runs at all."),
    })
    .prefault({});

const modulesSchema = z
  .strictObject({
    "master-automation": moduleSchema(0, [], "rate(1 minute)"),
    "advanced-automation": moduleSchema(1, [], "rate(1 minute)"),
    "health-monitor": moduleSchema(1, [], "rate(1 minute)"),
    "parallel-error-fixer": moduleSchema(1, [], "rate(1 minute)"),
    "intelligent-scheduler": moduleSchema(2, ["advanced-automation"], "rate(5 minutes)"),
    "data-optimizer": moduleSchema(2, ["health-monitor"], "rate(1 hour)"),
    "auto-evolution": moduleSchema(3, ["advanced-automation", "intelligent-scheduler"], "rate(15 minutes)"),
    "cloud-integration": moduleSchema(4, ["advanced-automation"], "rate(5 minutes)"),
  })
  .superRefine((modules, context) => {
    for (const name of MODULES) {
      modules[name].needs.forEach((need, index) => {
        if (!modules[name].enabled || modules[need].enabled) return;
        context.addIssue({ code: "custom", path: [name, "needs", index], message: `${name} needs ${need}, which is not enabled` });
      });
    }
    const late = MODULES.filter((name) => !moduleWaves(modules).flat().includes(name) && modules[name].enabled);
    if (late[0])
      context.addIssue({ code: "custom", path: [late[0], "needs"], message: `modules need each other in a cycle: ${late.join(", ")}` });
  });

export const masterAutomationSchema = z
  .strictObject({ $schema: z.string().optional(), modules: modulesSchema.prefault({}).describe("The eight systems.") })
  .meta({ title: "Master automation", description: "Which systems run, in which order they start, and how often they look for work." });

export type ModuleSettings = z.output<ReturnType<typeof moduleSchema>>;
export type MasterAutomationConfig = z.output<typeof masterAutomationSchema>;

/**
 * The order in which modules start: waves one after another, the modules of a wave side by side. A module comes after what it needs, and
 * of those that could come next the lowest priority goes first. Modules that are not enabled, or in a cycle, are left out.
 */
export const moduleWaves = (modules: Readonly<Record<ModuleName, ModuleSettings>>): readonly (readonly ModuleName[])[] => {
  const waves: ModuleName[][] = [];
  const placed = new Set<ModuleName>();
  for (;;) {
    const free = MODULES.filter(
      (name) => modules[name].enabled && !placed.has(name) && modules[name].needs.every((need) => placed.has(need)),
    );
    if (free.length === 0) return waves;
    const first = Math.min(...free.map((name) => modules[name].priority));
    const wave = free.filter((name) => modules[name].priority === first);
    for (const name of wave) placed.add(name);
    waves.push(wave);
  }
};
