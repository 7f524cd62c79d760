import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countTests, readNotRun } from "../../scripts/test-counts.mjs";
import { root } from "./sources.ts";

const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map((one) => ({ status: one })) });

describe("the count of tests", () => {
  it("adds over files, and leaves out what did not run", () => {
    const testResults = [file("passed", "passed", "pending"), file("failed", "passed", "failed", "failed")];
    expect(countTests({ testResults }, 1)).toEqual({ passed: 2, failed: 2 });
  });

  it("counts a file that could not be loaded", () => {
    expect(countTests({ testResults: [file("passed", "passed"), file("failed")] }, 1)).toEqual({ passed: 1, failed: 1 });
  });

  it("counts a failure outside of tests, and a missing report", () => {
    expect(countTests({ testResults: [file("passed", "passed")] }, 1)).toEqual({ passed: 1, failed: 1 });
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  });

  it("names each suite that did not run once", () => {
    const folder = mkdtempSync(join(tmpdir(), "counts-"));
    writeFileSync(join(folder, "list"), "b: no Redis\na: no Java\nb: no Redis\n");
    expect(readNotRun(join(folder, "list"))).toEqual(["a: no Java", "b: no Redis"]);
    expect(readNotRun(join(folder, "none"))).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("npm test", () => {
  it("ends with the suites that did not run and the totals, and fails with a failing test", () => {
    const folder = mkdtempSync(join(root, "test/architecture/.run-"));
    const suite = join(root, "test/support/suite.ts");
    writeFileSync(
      join(folder, "a.test.ts"),
      `import { expect, it } from "vitest"; import fc from "fast-check"; import { suite } from "${suite}";
       suite("Needs", "no Java", () => { it("a", () => {}); }); suite("Runs", undefined, () => { it("b", () => {}); });
       it("random", () => { fc.assert(fc.property(fc.integer(), (n) => n < -2e9)); });`,
    );
    const env = { ...process.env, QMOI_SEED: "42", NO_COLOR: "1", VITEST: undefined, QMOI_COUNTS: undefined };
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/test.mjs", join(folder, "a.test.ts")], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /Suites that did not run:\n {2}Needs: no Java\nReplay the random tests with QMOI_SEED=42\.\n1 passed, 1 failed in \d+ s\n$/,
    );
    expect(stderr).toContain("seed: 42");
  });
});
