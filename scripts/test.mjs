// Runs the tests: `npm test`, or `npm test -- <vitest's arguments>` for some of them. The last lines name what did not run, and the totals.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packagedNode } from "./install-state.mjs";
import { countTests, readNotRun, writeCounts } from "./test-counts.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "qmoi-test-"));
const results = join(folder, "results.json");
const notRunList = join(folder, "not-run.txt");
const seed = process.env.QMOI_SEED ?? String(randomInt(2 ** 31));
const began = performance.now();

const vitest = spawn(
  packagedNode(root),
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    ...(process.argv.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"]),
    "--reporter=json",
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, QMOI_SEED: seed, QMOI_SUITES_NOT_RUN: notRunList } },
);

vitest.on("error", (error) => {
  process.stderr.write(`The tests could not be started: ${error.message}. Run \`npm ci\`.\n`);
  process.exitCode = 1;
});

vitest.on("exit", (code) => {
  const notRun = readNotRun(notRunList);
  const { passed, failed } = countTests(existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : undefined, code ?? 1);
  rmSync(folder, { recursive: true, force: true });
  writeCounts({ passed, failed, notRun });
  if (notRun.length > 0) process.stdout.write(`Suites that did not run:\n${notRun.map((line) => `  ${line}\n`).join("")}`);
  if (failed > 0) process.stdout.write(`Replay the random tests with QMOI_SEED=${seed}.\n`);
  process.stdout.write(`${passed} passed, ${failed} failed in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  process.exitCode = failed > 0 ? 1 : 0;
});
