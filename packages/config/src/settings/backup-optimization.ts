import * as z from "zod";
import { scheduleSchema } from "./schedule-schema.ts";

const MEBIBYTE = 1024 * 1024;

export const backupOptimizationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    enabled: z.boolean().default(true).describe("Whether backups are made by themselves."),
    schedule: scheduleSchema
      .default("rate(1 day)")
      .describe("When a backup is made by itself: cron(…), rate(…) or at(…) as in AWS, in UTC; rates count from the last one."),
    retention: z
      .strictObject({
        days: z.int().min(1).max(3650).default(30).describe("Days that a backup is kept."),
        atLeast: z.int().min(1).max(1000).default(3).describe("So many of the newest are kept however old they are."),
      })
      .prefault({}),
    compressionLevel: z.int().min(1).max(19).default(3).describe("Of zstd: higher is smaller and slower."),
    segmentBytes: z
      .int()
      .min(64 * 1024)
      .max(64 * MEBIBYTE)
      .default(4 * MEBIBYTE)
      .describe("Bytes before compression of each file of a backup; making and reading one holds a few of them in memory."),
    encryptionKey: z
      .string()
      .regex(
        /^(?:env|file|ssm|secretsmanager):.+$/,
        "expected a reference such as env:QMOI_BACKUP_KEY, file:/path or ssm:/qmoi-dev-backup-key",
      )
      .max(1024)
      .nullable()
      .default(null)
      .describe(
        "Reference to the secret that backups are encrypted with (env:NAME, file:/path; in AWS ssm:/qmoi-<stage>-backup-key or secretsmanager:qmoi-<stage>-backup-key); null for none.",
      ),
  })
  .meta({ title: "Backup optimization", description: "When backups are made, how they are written, and how long they are kept." });

export type BackupOptimizationConfig = z.output<typeof backupOptimizationSchema>;
