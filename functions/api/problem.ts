import { ERRORS, QmoiError } from "@qmoi/core";
import type { Problem } from "./problem-answer.ts";

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
