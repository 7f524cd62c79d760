import { describe, expect, it } from "vitest";
import { fileError } from "./file-error.ts";

describe("fileError", () => {
  it.each([
    ["ENOSPC", "QMOI_STORE_FULL"],
    ["EDQUOT", "QMOI_STORE_FULL"],
    ["EACCES", "QMOI_STORE_READ_ONLY"],
    ["EROFS", "QMOI_STORE_READ_ONLY"],
    ["EIO", "QMOI_STORE_UNAVAILABLE"],
  ])("gives %s the code %s", (code, expected) => {
    expect(fileError(Object.assign(new Error("why"), { code }), "f")).toMatchObject({ code: expected, path: "f" });
  });

  it("passes what is no failure of the file system on", () => {
    const defect = new TypeError("x");
    expect(fileError(defect, "f")).toBe(defect);
  });
});
