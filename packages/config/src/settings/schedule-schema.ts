import { hasCode, parseSchedule } from "@qmoi/core";
import * as z from "zod";

/** A schedule in AWS's grammar. */
export const scheduleSchema = z
  .string()
  .max(256)
  .superRefine((expression, context) => {
    try {
      parseSchedule(expression, "UTC");
    } catch (error) {
      if (!hasCode(error, "QMOI_INVALID_SCHEDULE")) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });
