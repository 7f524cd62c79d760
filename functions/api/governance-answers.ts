import { PROVIDER_STATES, RECEPTIONS } from "@qmoi/cloud-integration";
import * as z from "zod";

const time = z.iso.datetime({ precision: 3 });
const json = z.unknown();

/** One document of the configuration: its value, and what was changed of it at run time. */
export const configAnswer = z.strictObject({
  document: z.string(),
  file: z.string(),
  version: z.int().describe("0 while nothing was changed at run time."),
  etag: z.string(),
  module: z.string(),
  built: z.boolean().describe("Whether this version has the module that reads it."),
  value: json,
  changed: json,
  paths: z.array(z.string()).describe("What was changed at run time."),
  at: time.nullable(),
  who: z.string().nullable(),
  reason: z.string().nullable(),
  invalid: z.string().nullable().describe("Why what was changed at run time does not hold."),
});

export const configVersionAnswer = z.strictObject({
  document: z.string(),
  version: z.int(),
  action: z.enum(["set", "rollback", "restore"]),
  at: time,
  who: z.string(),
  reason: z.string().nullable(),
  changed: json,
});

export const differenceAnswer = z.strictObject({ path: z.string(), from: json.optional(), to: json.optional() });

export const backupAnswer = z.strictObject({
  id: z.string(),
  at: time,
  finishedAt: time,
  cause: z.enum(["request", "schedule", "command", "restore", "update"]),
  who: z.string(),
  reason: z.string().nullable(),
  schema: z.int(),
  encrypted: z.boolean(),
  bytes: z.int().describe("As stored."),
  items: z.int(),
});

export const backupDetailAnswer = backupAnswer.extend({
  version: z.string(),
  plainBytes: z.int(),
  counts: z.record(z.string(), z.int()),
  segments: z.int(),
  sha256: z.string().describe("Of the manifest's text."),
  configuration: z.record(z.string(), z.int()),
});

/** A provider that is expected to report, or did. */
export const providerAnswer = z.strictObject({
  provider: z.string(),
  expected: z.boolean().describe("Whether the configuration says that it is to report."),
  state: z.enum(PROVIDER_STATES),
  minutes: z.int().describe("Without a report: a day at most, and a day where there never was one."),
  receivedAt: time.nullable().describe("When the latest report came; null where none ever did."),
  report: z
    .strictObject({
      id: z.string(),
      at: time.describe("When it was made, by the provider's clock."),
      metrics: z.array(z.strictObject({ name: z.string(), value: z.number(), unit: z.string().nullable() })),
    })
    .nullable(),
});

export const reportAnswer = providerAnswer.extend({
  reception: z.enum(RECEPTIONS).describe("Whether it is the latest report now, was known already, or came after a later one."),
});

export const deletedBackupAnswer = z.strictObject({ id: z.string(), deleted: z.literal(true) });

/** Names under which the description of the API and its client know these. */
export const GOVERNANCE_SCHEMAS = {
  Backup: backupAnswer,
  BackupDetail: backupDetailAnswer,
  ConfigDifference: differenceAnswer,
  ConfigDocument: configAnswer,
  ConfigVersion: configVersionAnswer,
  Provider: providerAnswer,
  ProviderReception: reportAnswer,
} as const;

export type ConfigAnswer = z.output<typeof configAnswer>;
export type ConfigVersionAnswer = z.output<typeof configVersionAnswer>;
export type ProviderAnswer = z.output<typeof providerAnswer>;
export type DifferenceAnswer = z.output<typeof differenceAnswer>;
export type BackupAnswer = z.output<typeof backupAnswer>;
export type BackupDetailAnswer = z.output<typeof backupDetailAnswer>;
