import * as z from "zod";

export const notificationEnhancementSchema = z
  .strictObject({
    $schema: z.string().optional(),
    webhook: z.url().max(2048).nullable().default(null).describe("Address that alerts are posted to; null for none."),
    least: z.enum(["info", "warning", "critical"]).default("warning").describe("Least severity of an alert that is sent."),
    repeatMinutes: z.number().min(1).max(10_080).default(60).describe("Minutes before an alert that persists is sent again."),
  })
  .meta({ title: "Notification enhancement", description: "Whom alerts reach, and how often." });

export type NotificationEnhancementConfig = z.output<typeof notificationEnhancementSchema>;
