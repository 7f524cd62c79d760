// Installs what the lock file asks for, if it is not there: the pre-script of `npm start` (--omit=dev), of `npm test`, and of
// everything that deploys (--deploy).
// Plain JavaScript without dependencies for Node >= 20: it runs on a fresh clone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installState, packagedNode } from "./install-state.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** `npm ci` removes node_modules while it runs, so neither npm nor what it starts may run on the Node that lies there. */
const outsideEnvironment = () => {
  const name = Object.keys(process.env).find((key) => key.toLowerCase() === "path") ?? "PATH";
  const outside = (process.env[name] ?? "").split(delimiter).filter((entry) => !entry.startsWith(join(root, "node_modules")));
  return { ...process.env, [name]: outside.join(delimiter) };
};

/** @param {string} output what npm wrote */
const explain = (output) => {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output))
    return "npm could not reach its registry. Check the network, and the proxy (`npm config get proxy`), then repeat the command.";
  if (/EUSAGE|in sync/.test(output)) return "package.json and package-lock.json differ. Run `npm install`, then repeat the command.";
  if (/EACCES|EPERM|EROFS/.test(output))
    return "npm may not write here. Check who owns this folder and npm's cache (`npm config get cache`).";
  if (/ENOSPC/.test(output)) return "The disk is full. Free some space, then repeat the command.";
  return "Repair what npm reports above, then repeat the command.";
};

/** @param {string} message @returns {never} */
const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

/** @param {{ dev: boolean, deploy: boolean, wanted: number, workspaces: string[] }} options */
const install = ({ dev, deploy, wanted, workspaces }) => {
  const began = Date.now();
  process.stderr.write(`Installing ${wanted} packages${dev ? "" : " (without those for development)"} ...\n`);
  const args = ["ci", dev ? "--include=dev" : "--omit=dev", "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"];
  if (!deploy) args.push("--include-workspace-root", ...workspaces.map((name) => `--workspace=${name}`));
  const npm = spawnSync("npm", args, {
    cwd: root,
    env: outsideEnvironment(),
    encoding: "utf8",
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (npm.error) fail(`npm could not be started (${npm.error.message}). Install Node.js 20 or later with npm.`);
  if (npm.status !== 0) {
    const output = `${npm.stdout}${npm.stderr}`.trim();
    fail(`${output}\n\nInstalling failed. ${explain(output)}`);
  }
  if (!existsSync(packagedNode(root)))
    fail(
      "npm did not run the install script of the package `node`. Allow it with `npm config set ignore-scripts false`, then repeat the command.",
    );
  process.stderr.write(`Installed in ${((Date.now() - began) / 1000).toFixed(0)} s.\n`);
};

const wants = { dev: !process.argv.includes("--omit=dev"), deploy: process.argv.includes("--deploy") };
try {
  const state = installState(root, wants);
  // An installation with the development packages, or those of a deploy, keeps them.
  const keeps = { dev: wants.dev || state.hasDev || state.hasDeploy, deploy: wants.deploy || state.hasDeploy };
  if (!state.installed) install({ ...keeps, ...installState(root, keeps) });
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
