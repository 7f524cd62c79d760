import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Section, Target } from "../report/section.ts";
import { bundled, ENVIRONMENT, FUNCTIONS, limitsOf } from "./functions.ts";

interface BundlesOptions {
  readonly folder: string;
  readonly progress: (what: string) => void;
}

/** Fresh processes, of which the median counts. */
const PROCESSES = 9;

/** Processor time of a fresh process that runs a module's text, in ms: the median. */
const cpuMs = (text: string): number => {
  const code = `${text}; const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000)); process.exit(0);`;
  const args = ["--input-type=module", "--eval", code];
  const options = { env: { ...process.env, ...ENVIRONMENT } };
  const times = Array.from({ length: PROCESSES }, () => Number(execFileSync(process.execPath, args, options)));
  return times.sort((a, b) => a - b)[Math.floor(PROCESSES / 2)] as number;
};

/** Size of each function's bundle, and what its import costs. */
export const bundles = async ({ folder, progress }: BundlesOptions): Promise<Section> => {
  const empty = cpuMs("");
  const targets: Target[] = [];
  const rows = FUNCTIONS.map((name) => {
    progress(`bundle ${name}`);
    const { files, code, startKb, wholeKb } = bundled(name);
    const home = join(folder, name);
    mkdirSync(home);
    for (const { path, contents } of files) writeFileSync(join(home, path), contents);
    const gzipKb = gzipSync(Buffer.concat(code.map(({ contents }) => contents))).length / 1024;
    const ms = cpuMs(`await import(${JSON.stringify(pathToFileURL(join(home, "index.mjs")).href)})`) - empty;
    const limits = limitsOf(name);
    targets.push(
      { name: `${name}: at start`, target: `≤ ${limits.kb} KB`, measured: `${startKb.toFixed(0)} KB`, met: startKb <= limits.kb },
      { name: `${name}: whole`, target: `≤ ${limits.kb} KB`, measured: `${wholeKb.toFixed(0)} KB`, met: wholeKb <= limits.kb },
      { name: `${name}: import`, target: `≤ ${limits.ms} ms`, measured: `${ms.toFixed(0)} ms`, met: ms <= limits.ms },
    );
    return [name, Math.round(startKb), Math.round(wholeKb), Math.round(gzipKb), code.length, Math.round(ms)];
  });
  const columns = [
    "function",
    "loaded at start (KB, minified)",
    "whole (KB, minified)",
    "whole (KB, gzip)",
    "files",
    "import above an empty module (ms of CPU)",
  ];
  return {
    name: "Bundles of functions",
    tables: [{ title: "Size and import", columns, rows }],
    targets,
    notes: [
      `Medians of ${PROCESSES} fresh processes, as deployed; an empty module takes ${empty.toFixed(0)} ms.`,
      "Clients of AWS, and what reads expressions, patterns, schemas and forecasts, are loaded by their first use: they are in the whole, not in the start.",
      "Who evaluates what users write can't be whole in 400 KB: RE2 in JavaScript takes 147 KB, CEL 80, AJV with its formats 145, the AWS SDK 250 to 500.",
    ],
  };
};
