import { QmoiError } from "@qmoi/core";

const LONGEST = 512;
const SEGMENT = /^[A-Za-z0-9._=-]+$/;

/** Gives the key back if it is one: segments of safe characters, none of them `.` or `..`. Errors: QMOI_INVALID_KEY. */
export const checkBlobKey = (key: string): string => {
  const segments = key.split("/");
  const sound = key.length <= LONGEST && segments.every((segment) => SEGMENT.test(segment) && segment !== "." && segment !== "..");
  if (!sound) throw new QmoiError("QMOI_INVALID_KEY", `"${key.slice(0, 100)}" is not a key of a blob.`, { path: key.slice(0, 100) });
  return key;
};
