// What a runner of tests counted, and how it tells .ci/run.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Results vitest's JSON report, as far as it is read
 * @typedef {{ passed: number, failed: number, notRun?: string[] }} Counts
 */

/**
 * Passed and failed tests. A file that failed without a failed test (it could not be loaded, a hook failed) counts as one,
 * and so does a run that failed without a failed file (an unhandled rejection, no report at all).
 * @param {Results | undefined} results
 * @param {number} exitCode of the runner
 * @returns {Counts}
 */
export const countTests = (results, exitCode) => {
  const files = results?.testResults ?? [];
  const count = (/** @type {FileResult} */ file, /** @type {string} */ status) =>
    file.assertionResults.filter((one) => one.status === status).length;
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    passed += count(file, "passed");
    failed += Math.max(count(file, "failed"), file.status === "failed" ? 1 : 0);
  }
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
};

/**
 * Names and reasons of the suites that did not run, each once.
 * @param {string} file where suites append their line
 */
export const readNotRun = (file) => (existsSync(file) ? [...new Set(readFileSync(file, "utf8").split("\n").filter(Boolean))].sort() : []);

/**
 * Tells .ci/run, which names the file in QMOI_COUNTS.
 * @param {Counts} counts
 */
export const writeCounts = (counts) => {
  if (process.env.QMOI_COUNTS) writeFileSync(process.env.QMOI_COUNTS, JSON.stringify(counts));
};
