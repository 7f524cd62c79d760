#!/usr/bin/env node
// The launcher: plain JavaScript for any Node >= 18. QMOI itself needs Node >= 22.18; where the Node that started this is older,
// the Node that came with the package `node` takes over.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { constants, homedir } from "node:os";
import { dirname, join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath, pathToFileURL } from "node:url";

const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(self));

const isNewEnough = () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
};

/** @param {string} message */
const fail = (message) => {
  process.stderr.write(`qmoi: ${message}\n`);
  process.exitCode = 1;
};

/** node:sqlite, and on 22 type stripping, announce themselves as experimental on each start; no user can act on that. */
const silenceExperimentalWarnings = () => {
  const emit = process.emitWarning;
  /** @param {unknown[]} args */
  const emitOthers = (...args) => {
    const options = /** @type {{ type?: string } | string | undefined} */ (args[1]);
    const type = typeof options === "object" ? options.type : options;
    if (type !== "ExperimentalWarning") Reflect.apply(emit, process, args);
  };
  process.emitWarning = emitOthers;
};

/** Halves the time that a command takes to begin. In the user's own folder: what another user could write there, this one would run. */
const keepCompiledCode = () => nodeModule.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "qmoi"));

/** @param {string} entry */
const runHere = async (entry) => {
  silenceExperimentalWarnings();
  keepCompiledCode();
  const { main } = await import(pathToFileURL(entry).href);
  process.exitCode = await main(process.argv.slice(2));
};

/** npm passes a signal to its shell only, which may die of it and leave this process behind: then this one stops too. */
const stopWithShell = () => {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250).unref();
};

/** @returns {string | undefined} the executable of the package `node` that was installed with QMOI */
const findPackagedNode = () => {
  try {
    const manifest = nodeModule.createRequire(self).resolve("node/package.json");
    const file = join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(file) && file !== process.execPath ? file : undefined;
  } catch {
    return undefined;
  }
};

/** @param {string} executable */
const runThere = (executable) => {
  // A terminal sends Ctrl-C to the whole group: passing it on would make it a second one.
  const fromTerminal = isatty(0);
  // Before the other process lives: what came between would end this one, and leave that one behind.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => {
      if (!fromTerminal || signal !== "SIGINT") child.kill(signal);
    });
  const child = spawn(executable, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  child.on("error", (error) => fail(`the packaged Node at ${executable} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
};

/** The sources in a clone (a bundle there may be older than they are), the bundle in an installed package. */
const entry = [join(root, "packages", "cli", "src", "main.ts"), join(root, "dist", "qmoi.js")].find((file) => existsSync(file));
const packaged = findPackagedNode();

if (/^(start|npx)$/.test(process.env.npm_lifecycle_event ?? "")) stopWithShell();

if (!entry) fail(`neither dist/qmoi.js nor the sources lie in ${root}. Install the package again, or run \`npm run build\` in a clone.`);
else if (isNewEnough()) await runHere(entry);
else if (packaged) runThere(packaged);
else
  fail(
    `this is Node ${process.versions.node}, and QMOI needs 22.18 or later. The package \`node\`, which brings it, is not installed here: run \`npm ci\`, or update Node.`,
  );
