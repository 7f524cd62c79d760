import { QmoiError } from "@qmoi/core";

const LONGEST = 512;
/** A file's name has at most 255 bytes; some are left for what a store adds. */
const SEGMENT = /^[A-Za-z0-9._=-]{1,240}$/;

/** Gives the key back if it is one: segments of safe characters, none of them `.` or `..`. Errors: QMOI_INVALID_KEY. */
export const checkBlobKey = (key: string): string => {
  const segments = key.split("/");
  const sound = key.length <= LONGEST && segments.every((segment) => SEGMENT.test(segment) && segment !== "." && segment !== "..");
  if (!sound) throw new QmoiError("QMOI_INVALID_KEY", `"${key.slice(0, 100)}" is not a key of a blob.`, { path: key.slice(0, 100) });
  return key;
};

/** The page size asked for; throws QMOI_INVALID_INPUT unless it is a positive whole number. */
export const checkBlobLimit = (limit = 1000): number => {
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new QmoiError("QMOI_INVALID_INPUT", `A page holds at least one blob, not ${limit}.`, { path: "$.limit" });
};
