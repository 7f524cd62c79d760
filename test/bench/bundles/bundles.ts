import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleOf } from "../../../stacks/constructs/bundle.ts";
import type { Section, Target } from "../report/section.ts";

interface BundlesOptions {
  readonly folder: string;
  readonly progress: (what: string) => void;
}

/** Functions that QMOI deploys, by the file of their handler. */
const FUNCTIONS = [
  "task-runner",
  "decider",
  "completer",
  "tick",
  "master",
  "master-automation",
  "intelligent-scheduler",
  "api",
  "authorizer",
  "announcer",
] as const;

/** Fresh processes, of which the median counts. */
const PROCESSES = 9;
const KB = 1024;

/** Any values: nothing is called. */
const ENVIRONMENT = Object.fromEntries(
  ["TABLE", "BLOBS", "HINTS", "WAKES", "COMPLETIONS", "PREFIX", "MACHINE", "LOG_LEVEL"].map((name) => [`QMOI_${name}`, "none"]),
);

const limitsOf = (name: string): { readonly kb: number; readonly ms: number } =>
  name === "task-runner" ? { kb: 550, ms: 120 } : { kb: 400, ms: 80 };

/** Processor time of a fresh process that runs a module's text, in ms: the median. */
const cpuMs = (text: string): number => {
  const code = `${text}; const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000)); process.exit(0);`;
  const args = ["--input-type=module", "--eval", code];
  const options = { env: { ...process.env, ...ENVIRONMENT, AWS_REGION: "us-east-1" } };
  const times = Array.from({ length: PROCESSES }, () => Number(execFileSync(process.execPath, args, options)));
  return times.sort((a, b) => a - b)[Math.floor(PROCESSES / 2)] as number;
};

/** Size of each function's bundle, and what its import costs. */
export const bundles = async ({ folder, progress }: BundlesOptions): Promise<Section> => {
  const empty = cpuMs("");
  const targets: Target[] = [];
  const rows = FUNCTIONS.map((name) => {
    progress(`bundle ${name}`);
    const { files } = bundleOf(name, { entry: `functions/aws/${name}.ts` });
    const home = join(folder, name);
    mkdirSync(home);
    for (const { path, contents } of files) writeFileSync(join(home, path), contents);
    const code = files.filter(({ path }) => path.endsWith(".mjs"));
    const kb = (list: typeof code): number => list.reduce((sum, { contents }) => sum + contents.length, 0) / KB;
    const [whole, atStart] = [kb(code), kb(code.filter((file) => file.atStart))];
    const ms = cpuMs(`await import(${JSON.stringify(pathToFileURL(join(home, "index.mjs")).href)})`) - empty;
    const limits = limitsOf(name);
    targets.push(
      { name: `${name}: whole bundle`, target: `≤ ${limits.kb} KB`, measured: `${whole.toFixed(0)} KB`, met: whole <= limits.kb },
      { name: `${name}: import`, target: `≤ ${limits.ms} ms`, measured: `${ms.toFixed(0)} ms`, met: ms <= limits.ms },
    );
    return [name, Math.round(whole), Math.round(atStart), code.length, Math.round(ms)];
  });
  const columns = ["function", "whole (KB, minified)", "loaded at start (KB)", "files", "import above an empty module (ms of CPU)"];
  return {
    name: "Bundles of functions",
    tables: [{ title: "Size and import", columns, rows }],
    targets,
    notes: [
      `Medians of ${PROCESSES} fresh processes; an empty module takes ${empty.toFixed(0)} ms. Clients of AWS are loaded at their first use.`,
    ],
  };
};
