import { ERROR_CLASSES, type Json } from "@qmoi/core";
import * as z from "zod";
import { isJson } from "./json-value.ts";
import { nameSchema as name, retrySchema, secondsSchema as seconds } from "./workflow-parts.ts";

const priority = z.int().min(1).max(10).describe("1 (last) to 10 (first).");
const json = z.unknown().refine(isJson, "expected a JSON value") as unknown as z.ZodType<Json, Json>;
const template = z
  .string()
  .max(16_384)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no process, header or address can hold the character 0.
  .regex(/^[^\u0000]*$/)
  .describe("Text without the character 0; `${{ expression }}` is replaced when the task starts.");
const expression = z
  .string()
  .min(1)
  .max(4_096)
  .describe("A CEL expression over `inputs`, `tasks`, `run`, and `item` and `index` inside forEach.");

const secretRef = z
  .strictObject({
    secretRef: z
      .string()
      .regex(/^(env|file|ssm|secretsmanager):(?!.*\$\{\{).{1,500}$/)
      .describe("`env:NAME`, `file:/path`, `ssm:/name` or `secretsmanager:arn`, without templates."),
  })
  .describe("Reference to a secret: read when the attempt starts, never stored or logged.");
const text = z.union([template, secretRef]);

export const resourcesSchema = z.strictObject({
  cpu: z.number().positive().max(1024).optional().describe("Cores reserved."),
  memory: z.int().positive().optional().describe("Bytes reserved, and the attempt's cap."),
  disk: z.int().positive().optional().describe("Bytes reserved."),
  pool: name.optional().describe("Pool whose slots the task takes; `default` otherwise."),
  slots: z.int().min(1).max(10_000).optional().describe("Slots of the pool; 1 otherwise."),
});

const processTarget = z.strictObject({
  type: z.literal("process"),
  command: template.min(1),
  args: z.array(text).max(1000).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), text).optional(),
  cwd: template.optional(),
  stdin: text.optional(),
  exitCodes: z
    .record(z.string().regex(/^\d{1,3}$/), z.enum([...ERROR_CLASSES, "success"]))
    .optional()
    .describe("Exit code to error class."),
  output: z.enum(["json", "text", "none"]).optional().describe("What standard output becomes; otherwise JSON if it parses, else text."),
});
const functionTarget = z.strictObject({
  type: z.literal("function"),
  module: z.string().min(1).max(1024).describe("File of the module, relative to the workflow's file."),
  export: z.string().min(1).max(200).optional(),
});
const httpTarget = z.strictObject({
  type: z.literal("http"),
  url: text,
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).optional(),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/), text).optional(),
  body: json.optional(),
  sign: secretRef.optional().describe("Secret by which the request is signed (Standard Webhooks)."),
  expect: z.array(z.int().min(100).max(599)).min(1).optional().describe("Statuses that count as success; 2xx otherwise."),
  allowPrivate: z.boolean().optional().describe("Allows private, loopback and link-local addresses."),
  redirects: z.int().min(0).max(10).optional(),
});
const waitTarget = z
  .strictObject({
    type: z.literal("wait"),
    seconds: seconds.optional(),
    until: template.min(1).optional().describe("ISO 8601 date and time with offset, or a template that gives one."),
  })
  .refine((wait) => (wait.seconds === undefined) !== (wait.until === undefined), "give either seconds or until");
const cloudTarget = <T extends string>(type: T) =>
  z.strictObject({ type: z.literal(type), resource: template.min(1).describe("Name or ARN."), parameters: json.optional() });
const bindingTarget = z.strictObject({ type: z.literal("binding"), name }).describe("A target that configuration maps per stage.");

export const targetSchema = z.discriminatedUnion("type", [
  processTarget,
  functionTarget,
  httpTarget,
  waitTarget,
  cloudTarget("lambda"),
  cloudTarget("step-functions"),
  cloudTarget("sqs"),
  cloudTarget("ecs"),
  bindingTarget,
]);

const need = z.union([name, z.strictObject({ task: name, on: z.enum(["success", "failure", "always"]).default("success") })]);

export const taskSchema = z.strictObject({
  name,
  description: z.string().max(1000).optional(),
  type: name
    .optional()
    .describe("What kind of work this is: statistics, forecasts and timeouts are learned per type. Otherwise workflow/task."),
  needs: z.array(need).max(10_000).optional().describe("Tasks that must have ended first: by success unless said otherwise."),
  when: expression.optional().describe("Evaluated once the needs are met; false skips the task."),
  forEach: z
    .strictObject({ list: expression, max: z.int().min(1).max(100_000).default(1000) })
    .optional()
    .describe("One instance for each element of a list known only when the needs have ended."),
  priority: priority.optional(),
  deadline: seconds.optional().describe("Seconds after the run's start by which the task should have ended."),
  notBefore: seconds.optional().describe("Seconds after the needs have ended before which the task doesn't start."),
  payload: json.optional().describe("The task's input; templates inside are replaced."),
  tags: z.record(name, z.string().max(200)).optional(),
  target: targetSchema,
  timeout: z
    .number()
    .positive()
    .max(31_536_000)
    .optional()
    .describe("Seconds; otherwise learned, otherwise the default of error_handling.json."),
  heartbeat: z.number().min(1).max(86_400).optional().describe("Seconds without a sign of life after which the attempt counts as failed."),
  retry: retrySchema.optional(),
  effect: z
    .enum(["once", "repeatable"])
    .optional()
    .describe("once: when the outcome of an attempt is unknown, wait for a person instead of trying again."),
  resources: resourcesSchema.optional(),
  concurrency: z
    .strictObject({ key: template.min(1), limit: z.int().min(1).max(10_000) })
    .optional()
    .describe("At most `limit` tasks with the same key at a time, over all runs."),
  rate: z
    .strictObject({ key: template.min(1), limit: z.int().min(1).max(1_000_000), per: z.number().positive().max(86_400) })
    .optional()
    .describe("At most `limit` starts in `per` seconds for the same key, over all runs."),
  idempotencyKey: template.min(1).max(500).optional().describe("Given to the target; otherwise run and task."),
  estimate: seconds.optional().describe("Expected run time in seconds, used until there is history."),
  inputBytes: z.number().min(0).optional().describe("Size of what the task reads, as a feature of forecasts."),
});

export const scheduleSchema = z.strictObject({
  name: name.optional().describe("Otherwise `default`."),
  expression: z.string().min(1).max(256).describe("cron(...), rate(...) or at(...) as in AWS."),
  timezone: z.string().max(64).default("UTC"),
  misfire: z.enum(["run-once", "run-all", "skip"]).default("run-once"),
  misfireCap: z.int().min(1).max(1000).default(10),
  overlap: z.enum(["skip", "queue-one", "queue-all", "cancel-running", "allow"]).default("skip"),
  inputs: z.record(z.string(), json).optional(),
  enabled: z.boolean().default(true),
});

export const workflowSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name,
    description: z.string().max(4000).optional(),
    tags: z.record(name, z.string().max(200)).optional(),
    priority: priority.optional().describe("5 otherwise."),
    deadline: seconds.optional().describe("Seconds after its start by which a run should have ended."),
    inputs: z.record(z.string(), json).optional().describe("JSON Schema (2020-12) of the run's inputs, an object."),
    schedules: z.array(scheduleSchema).max(50).optional(),
    spawnBudget: z
      .strictObject({ runs: z.int().min(1), per: z.number().positive().max(31_536_000) })
      .optional()
      .describe("At most `runs` new runs of this workflow in `per` seconds."),
    pools: z
      .record(name, z.strictObject({ slots: z.int().min(1).max(100_000) }))
      .optional()
      .describe("Pools that this workflow brings, named `workflow/pool`, in place of configured ones of the same name."),
    retry: retrySchema.optional().describe("Default for the workflow's tasks."),
    tasks: z.array(taskSchema).min(1).max(100_000),
  })
  .meta({ title: "Workflow", description: "Tasks, what they need, and when they run." });

/** A workflow as written. */
export type WorkflowDocument = z.input<typeof workflowSchema>;
/** A workflow as read: defaults filled in. */
export type Workflow = z.output<typeof workflowSchema>;
export type TaskDefinition = z.output<typeof taskSchema>;
export type TargetDefinition = z.output<typeof targetSchema>;
export { type RetryPolicy, retrySchema } from "./workflow-parts.ts";
export type WorkflowSchedule = z.output<typeof scheduleSchema>;
