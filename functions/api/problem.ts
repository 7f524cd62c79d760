import { ERRORS, QmoiError } from "@qmoi/core";
import * as z from "zod";

/** Body of every error answer (RFC 9457, application/problem+json). `path`: the offender in the request or document. */
export const problemAnswer = z.strictObject({
  code: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  remedy: z.string(),
  path: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  requestId: z.string(),
});
export type Problem = z.output<typeof problemAnswer>;

/** What a caller may know about an error: of a defect only the request id, under which the log tells the rest. */
export const problemOf = (error: unknown, requestId: string): Problem => {
  if (!(error instanceof QmoiError)) {
    const { means, remedy, status } = ERRORS.QMOI_INTERNAL;
    return {
      code: "QMOI_INTERNAL",
      title: means,
      status,
      detail: `The request failed by a defect; the log has it under request id ${requestId}.`,
      remedy,
      requestId,
    };
  }
  return {
    code: error.code,
    title: ERRORS[error.code].means,
    status: error.status,
    detail: error.message,
    remedy: error.remedy,
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.data === undefined ? {} : { data: { ...error.data } }),
    requestId,
  };
};
