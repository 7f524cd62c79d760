import { COMMAND_NAMES, COMMAND_STATES } from "@qmoi/master-automation";
import * as z from "zod";

const time = z.iso.datetime({ precision: 3 });
const json = z.unknown();
const failure = z.strictObject({ Error: z.string(), Cause: z.string() });
const control = z.strictObject({
  mode: z.enum(["running", "stopped"]),
  off: z.array(z.string()).optional().describe("Modules stopped by themselves."),
  held: z.array(z.string()).optional().describe("Modules that a stop of all has reached, or a start of all has not yet given back."),
  discard: z.boolean().optional().describe("Whether running work is cancelled."),
});
const start = z.strictObject({ run: z.string(), task: z.string(), attempt: z.int(), at: time, seq: z.int().optional() });
const step = z.strictObject({
  step: z.enum(["backup", "act", "verify", "undo"]),
  wave: z.int(),
  module: z.string().optional(),
  status: z.enum(["running", "done", "failed", "skipped"]),
  startedAt: time,
  endedAt: time.optional(),
  failure: failure.optional(),
  before: json.optional(),
  after: json.optional(),
});

const commandName = z.enum(COMMAND_NAMES);
const commandState = z.enum(COMMAND_STATES);

export const evidenceAnswer = z.strictObject({
  epoch: z.int(),
  controlAt: time.optional().describe("When the command changed what may start."),
  control: z.strictObject({ before: control, after: control }),
  lastStartBefore: start.nullable(),
  firstStartAfter: start.nullable(),
  steps: z.array(step),
  backup: z.string().optional(),
  queuedMs: z.number(),
  ranMs: z.number(),
  stillRunning: z.int(),
  report: json.optional(),
});

export const commandAnswer = z.strictObject({
  id: z.string(),
  command: commandName,
  parameters: json,
  priority: z.int(),
  state: commandState,
  who: z.string(),
  reason: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  failure: failure.nullable(),
  progress: z
    .strictObject({ phase: z.string(), done: z.int(), total: z.int().optional() })
    .optional()
    .describe("How far a backup or restore has come, while it is under way in the process that is asked."),
  waves: z.array(z.array(z.string())).describe("Modules, one wave after another; empty before the plan."),
  steps: z.array(step).describe("Steps so far; a list leaves them out."),
  evidence: evidenceAnswer.nullable(),
});

export const previewAnswer = z.strictObject({
  preview: z.literal(true),
  command: commandName,
  parameters: json,
  waves: z.array(z.array(z.string())),
  needsBackup: z.boolean(),
  refusal: failure.optional(),
  affected: z.strictObject({ running: z.int(), queued: z.int(), runs: z.int() }),
  drain: z
    .strictObject({
      expected: z.number(),
      longest: z.number(),
      unknown: z.int(),
      likely: z
        .strictObject({ lo: z.number(), hi: z.number(), share: z.number(), level: z.string(), backtestError: z.number() })
        .optional()
        .describe(
          "By forecasts: in so large a share of cases it takes between `lo` and `hi`; whose history they come from at worst, and by what share they are typically off.",
        ),
    })
    .optional()
    .describe("Seconds until what runs has ended; `unknown`: attempts of which only their timeout is known."),
  irreversible: z.string().optional(),
  details: json.optional(),
  confirm: z.string().optional().describe("To be given as `confirm`, within ten minutes."),
});

export const verificationAnswer = z.strictObject({
  id: z.string(),
  command: commandName,
  holds: z.boolean(),
  checks: z.array(z.strictObject({ check: z.string(), holds: z.boolean(), found: z.string() })),
});

export const systemAnswer = control.extend({
  epoch: z.int(),
  emergency: z.boolean(),
  reason: z.string().nullable(),
  who: z.string().nullable(),
  at: time.nullable(),
});

/** What whoever gives a command is told. */
export const givenAnswer = z.union([commandAnswer, previewAnswer]);

/** Names under which the description of the API and its client know these. */
export const COMMAND_SCHEMAS = {
  CommandName: commandName,
  CommandPreview: previewAnswer,
  CommandState: commandState,
  CommandStep: step,
  Control: control,
  Evidence: evidenceAnswer,
  MasterCommandAnswer: commandAnswer,
  Start: start,
  SystemState: systemAnswer,
  Verification: verificationAnswer,
} as const;

export type CommandAnswer = z.output<typeof commandAnswer>;
export type PreviewAnswer = z.output<typeof previewAnswer>;
export type VerificationAnswer = z.output<typeof verificationAnswer>;
export type SystemAnswer = z.output<typeof systemAnswer>;
