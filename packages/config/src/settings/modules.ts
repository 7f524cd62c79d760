import * as z from "zod";
import { accessSchema } from "./access.ts";
import { MODULES, type ModuleName, moduleWaves } from "./module-waves.ts";
import { scheduleSchema } from "./schedule-schema.ts";

const schedule = scheduleSchema.describe(
  "When the module looks for work that no event told it of: cron(…), rate(…) or at(…) as in AWS, in UTC.",
);

const moduleSchema = (priority: number, needs: readonly ModuleName[], every: string) =>
  z
    .strictObject({
      priority: z.int().min(0).max(9).default(priority).describe("Lower numbers start first, where needs leave the choice."),
      needs: z
        .array(z.enum(MODULES))
        .max(MODULES.length)
        .default([...needs])
        .describe("Modules that must run before this one starts, and that stop after it."),
      schedule: schedule.default(every),
      enabled: z.boolean().default(true).describe("Whether the module runs at all."),
    })
    .prefault({});

const ALL: ReadonlySet<ModuleName> = new Set(MODULES);

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
    const late = MODULES.filter((name) => !moduleWaves(modules, ALL).flat().includes(name) && modules[name].enabled);
    if (late[0])
      context.addIssue({ code: "custom", path: [late[0], "needs"], message: `modules need each other in a cycle: ${late.join(", ")}` });
  });

export const masterAutomationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    master_only_mode: z.boolean().default(false).describe("Whether only the master role may change anything; others may look."),
    auto_coordination: z
      .boolean()
      .default(true)
      .describe("Whether a command for one module also starts what it needs, and stops what needs it."),
    intelligent_scheduling: z.boolean().default(true).describe("Whether work is ordered by forecasts; otherwise by priority and age."),
    resource_optimization: z
      .boolean()
      .default(true)
      .describe("Whether a task that declares no memory gets what its type was seen to need; otherwise the default."),
    health_monitoring: z.boolean().default(true).describe("Whether a command checks health before and after each of its waves."),
    max_concurrent_modules: z.int().min(1).max(MODULES.length).default(4).describe("Most modules that a command changes at a time."),
    master_commands_enabled: z.boolean().default(true).describe("Whether commands are taken; emergency_stop has a setting of its own."),
    emergency_stop_enabled: z.boolean().default(true).describe("Whether emergency_stop is taken."),
    modules: modulesSchema.prefault({}).describe("The eight systems."),
    access: accessSchema,
  })
  .meta({ title: "Master automation", description: "Which systems run, in which order they start, and how often they look for work." });

export type ModuleSettings = z.output<ReturnType<typeof moduleSchema>>;
export type MasterAutomationConfig = z.output<typeof masterAutomationSchema>;
