import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ERRORS } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { drift, generatedFiles } from "../../scripts/generate.ts";
import { root } from "./sources.ts";

const files = await generatedFiles();

describe("the generated files", () => {
  it("are up to date", () => {
    expect(drift(files)).toEqual([]);
  });

  it("name every error code once, with a link-safe table row", () => {
    const rows = files["docs/errors.md"]?.split("\n").filter((line) => line.startsWith("| `QMOI_")) ?? [];
    expect(rows.map((row) => row.split("`")[1]).sort()).toEqual(Object.keys(ERRORS).sort());
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
  });
});

describe("the check for drift", () => {
  it("finds what is missing, what differs, and what nothing generates any more", () => {
    const folder = mkdtempSync(join(tmpdir(), "generated-"));
    try {
      for (const path of Object.keys(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        cpSync(join(root, path), join(folder, path));
      }
      expect(drift(files, folder)).toEqual([]);

      mkdirSync(join(folder, "config/schema"), { recursive: true });
      writeFileSync(join(folder, "config/schema/old.schema.json"), "{}");
      const wanted = { ...files, "docs/errors.md": "a\nc\n", "docs/new.md": "" };
      writeFileSync(join(folder, "docs/errors.md"), "a\nb\n");
      expect(drift(wanted, folder)).toEqual([
        "docs/errors.md:2 differs\n  is:        b\n  should be: c",
        "docs/new.md is missing",
        "config/schema/old.schema.json has no source any more",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
