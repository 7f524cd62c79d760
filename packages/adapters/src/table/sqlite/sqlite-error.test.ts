import { QmoiError } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { sqliteError } from "./sqlite-error.ts";

describe("sqliteError", () => {
  // Extended codes carry the primary one in their low byte.
  it.each([
    [5, "QMOI_STORE_LOCKED"],
    [261, "QMOI_STORE_LOCKED"],
    [6, "QMOI_STORE_LOCKED"],
    [8, "QMOI_STORE_READ_ONLY"],
    [1544, "QMOI_STORE_READ_ONLY"],
    [14, "QMOI_STORE_READ_ONLY"],
    [3, "QMOI_STORE_READ_ONLY"],
    [11, "QMOI_STORE_CORRUPT"],
    [267, "QMOI_STORE_CORRUPT"],
    [26, "QMOI_STORE_CORRUPT"],
    [13, "QMOI_STORE_FULL"],
    [18, "QMOI_TOO_LARGE"],
    [10, "QMOI_STORE_UNAVAILABLE"],
    [778, "QMOI_STORE_UNAVAILABLE"],
  ])("gives result code %d the code %s, with file and cause", (errcode, code) => {
    const cause = Object.assign(new Error("why"), { errcode });
    expect(sqliteError(cause, "/data/x.db")).toMatchObject({ code, path: "/data/x.db", cause });
  });

  it("passes QMOI's own errors and defects on", () => {
    const own = new QmoiError("QMOI_CONFLICT", "x");
    const defect = new TypeError("x");
    expect(sqliteError(own, "f")).toBe(own);
    expect(sqliteError(defect, "f")).toBe(defect);
  });
});
