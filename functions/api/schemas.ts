import { type Json, ROLES } from "@qmoi/core";
import { COMMAND_NAMES, SCOPES } from "@qmoi/master-automation";
import { ATTEMPT_STATES, RUN_STATES, TASK_STATES } from "@qmoi/runtime";
import * as z from "zod";

const digits = (max: number, what: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,5}$/, `${what} must be a whole number from 1 to ${max}.`)
    .transform(Number)
    .pipe(z.int().max(max, `${what} must be a whole number from 1 to ${max}.`))
    .meta({ type: "integer", minimum: 1, maximum: max });

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, "Control characters are not allowed.");

/** Why somebody does it, for the audit. */
const reason = text(1000).optional();

/** Of a route that takes none. */
export const noQuery = z.strictObject({});

/** `limit`: items a page, 100 otherwise; `after`: the cursor that the page before gave as `next`. */
const page = { limit: digits(1000, "limit").default(100), after: text(4096).optional() };
const state = <T extends readonly [string, ...string[]]>(states: T) =>
  z.enum(states, `state must be one of ${states.join(", ")}.`).optional();

export const pageQuery = z.strictObject(page);
export const runsQuery = z.strictObject({ ...page, workflow: text(100).optional(), state: state(RUN_STATES) });
export const tasksQuery = z.strictObject({ ...page, state: state(TASK_STATES) });
export const logsQuery = z.strictObject({ ...page, attempt: digits(100_000, "attempt").optional() });
export const historyQuery = z.strictObject({
  ...page,
  workflow: text(100).optional(),
  type: text(250).optional(),
  run: text(200).optional(),
  state: state(ATTEMPT_STATES),
});
export const statsQuery = z.strictObject({
  by: z.enum(["workflow", "type", "day"], "by must be one of workflow, type, day.").default("workflow"),
  days: digits(3660, "days").optional(),
  workflow: text(100).optional(),
});
export const deadLettersQuery = z.strictObject({ ...page, day: z.iso.date("day must be a date such as 2026-01-31.").optional() });
export const schedulesQuery = z.strictObject({ ...page, workflow: text(100).optional(), next: digits(100, "next").optional() });
export const taskForecastQuery = z.strictObject({ task: text(250) });
export const versionQuery = z.strictObject({ version: text(100).optional() });
export const diffQuery = z.strictObject({ from: text(100).optional(), to: text(100).optional() });

/** The document itself is checked by the control plane, which knows its schema and its pools. */
export const documentBody = z.record(z.string(), z.unknown(), "The body must be a workflow, a JSON object.");
export const startBody = z.strictObject({
  workflow: text(100),
  version: text(100).optional(),
  // What comes as JSON is JSON.
  inputs: z.record(z.string().max(1000), z.custom<Json>()).optional(),
  priority: z.int().min(1).max(10).optional(),
  reason,
});
export const reasonBody = z.strictObject({ reason }).default({});
export const settleBody = z.strictObject({ outcome: z.enum(["succeeded", "failed", "retry"]), reason });

export const auditQuery = z.strictObject({
  ...page,
  order: z.enum(["newest", "oldest"], "order must be newest or oldest.").default("newest"),
  action: text(100).optional(),
  who: text(200).optional(),
  subject: text(500).optional(),
  outcome: z.enum(["done", "refused", "failed"], "outcome must be one of done, refused, failed.").optional(),
  since: z.iso.datetime("since must be a time such as 2026-01-31T09:00:00Z.").optional(),
  until: z.iso.datetime("until must be a time such as 2026-01-31T09:00:00Z.").optional(),
});
export const trainBody = z.strictObject({ force: z.boolean().optional() }).default({});

export const createKeyBody = z.strictObject({
  name: text(100),
  role: z.enum(ROLES),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).optional().describe("Parts of the API that the key is held to."),
  expiresAt: z.iso.datetime("expiresAt must be a time such as 2026-01-31T09:00:00Z.").optional(),
  reason,
});

export const idempotencyKey = text(200).optional();

const path = text(500);
export const setConfigBody = z.strictObject({
  changes: z
    .array(z.union([z.strictObject({ path, value: z.custom<Json>() }), z.strictObject({ path, reset: z.literal(true) })]))
    .min(1)
    .max(100),
  reason,
});
export const rollbackBody = z.strictObject({ to: z.int().min(0), reason });
const version = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,8})$/, "A version is a whole number.")
  .transform(Number)
  .optional();
export const configDiffQuery = z.strictObject({ from: version, to: version });

export const commandBody = z.strictObject({
  command: z.enum(COMMAND_NAMES, `command must be one of ${COMMAND_NAMES.join(", ")}.`),
  parameters: z
    .record(z.string().max(100), z.custom<Json>())
    .optional()
    .describe("What the command takes; each has a strict schema of its own."),
  priority: z.int().min(1).max(10).optional(),
  reason,
  confirm: z.string().max(100).optional().describe("The token of the command's preview."),
});

export const commandQuery = z.strictObject({
  preview: z
    .enum(["true", "false"], "preview must be true or false.")
    .optional()
    .describe("Answer what the command would do, and do nothing."),
});
