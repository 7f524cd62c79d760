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
      .regex(/^(?:env|file):.+$/, "expected a reference such as env:QMOI_BACKUP_KEY or file:/path")
      .max(1024)
      .nullable()
      .default(null)
      .describe("Reference to the secret that backups are encrypted with (env:NAME, file:/path); null for none."),
  })
  .meta({ title: "Backup optimization", description: "When backups are made, how they are written, and how long they are kept." });

export type BackupOptimizationConfig = z.output<typeof backupOptimizationSchema>;
