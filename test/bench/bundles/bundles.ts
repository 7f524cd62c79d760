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

/** Processor time of a fresh process that runs a module's text, in ms. */
const cpuMs = (text: string): number => {
  const code = `${text}; const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000)); process.exit(0);`;
  const args = ["--input-type=module", "--eval", code];
  return Number(execFileSync(process.execPath, args, { env: { ...process.env, ...ENVIRONMENT } }));
};

/** The median of each text's processor time, in ms. One after the other in rounds: other work on the machine then slows all alike. */
const mediansMs = (texts: readonly string[]): ReadonlyMap<string, number> => {
  const times = new Map(texts.map((text) => [text, [] as number[]]));
  for (let round = 0; round < PROCESSES; round++) for (const [text, all] of times) all.push(cpuMs(text));
  return new Map([...times].map(([text, all]) => [text, all.sort((a, b) => a - b)[Math.floor(PROCESSES / 2)] as number]));
};

/** Size of each function's bundle, and what its import costs. */
export const bundles = async ({ folder, progress }: BundlesOptions): Promise<Section> => {
  const made = FUNCTIONS.map((name) => {
    progress(`bundle ${name}`);
    const bundle = bundled(name);
    const home = join(folder, name);
    mkdirSync(home);
    for (const { path, contents } of bundle.files) writeFileSync(join(home, path), contents);
    const importing = (paths: readonly string[]): string =>
      paths.map((path) => `await import(${JSON.stringify(pathToFileURL(join(home, path)).href)})`).join("; ");
    const { tablePiece } = bundle;
    return { name, ...bundle, start: importing(["index.mjs"]), usual: tablePiece ? importing(["index.mjs", tablePiece]) : undefined };
  });
  progress("import them");
  const medians = mediansMs(["", ...made.flatMap(({ start, usual }) => (usual === undefined ? [start] : [start, usual]))]);
  const msOf = (text: string): number => medians.get(text) as number;
  const empty = msOf("");
  const targets: Target[] = [];
  const rows = made.map(({ name, code, startKb, usualKb, wholeKb, start, usual: both }) => {
    const gzipKb = gzipSync(Buffer.concat(code.map(({ contents }) => contents))).length / 1024;
    const ms = msOf(start) - empty;
    const usualMs = both === undefined ? undefined : msOf(both) - empty;
    const limits = limitsOf(name);
    const kbs = (what: string, kb: number): Target => ({
      name: `${name}: ${what}`,
      target: `≤ ${limits.kb} KB`,
      measured: `${kb.toFixed(0)} KB`,
      met: kb <= limits.kb,
    });
    const times = (what: string, took: number): Target => ({
      name: `${name}: ${what}`,
      target: `≤ ${limits.ms} ms`,
      measured: `${took.toFixed(0)} ms`,
      met: took <= limits.ms,
    });
    targets.push(kbs("at start", startKb), kbs("whole", wholeKb), times("import", ms));
    if (usualMs !== undefined) targets.push(kbs("with the table's client", usualKb), times("import with the table's client", usualMs));
    const usual = usualMs === undefined ? ["", ""] : [Math.round(usualKb), Math.round(usualMs)];
    return [name, Math.round(startKb), Math.round(ms), ...usual, Math.round(wholeKb), Math.round(gzipKb), code.length];
  });
  const columns = [
    "function",
    "loaded at start (KB, minified)",
    "import above an empty module (ms of CPU)",
    "start and client of the table (KB, minified)",
    "import of both (ms of CPU)",
    "whole (KB, minified)",
    "whole (KB, gzip)",
    "files",
  ];
  return {
    name: "Bundles of functions",
    tables: [{ title: "Size and import", columns, rows }],
    targets,
    notes: [
      `Medians of ${PROCESSES} fresh processes, as deployed; an empty module takes ${empty.toFixed(0)} ms.`,
      "Clients of AWS, and what reads expressions, patterns, schemas and forecasts, are loaded by their first use: they are in the whole, not in the start.",
      "Almost every call uses the table: what it loads at least is the start and the table's client. A request with a query or a body loads zod and its schemas too.",
      "Who evaluates what users write can't be whole in 400 KB: RE2 in JavaScript takes 147 KB, CEL 80, zod with the schemas of the settings 96, the AWS SDK 216.",
    ],
  };
};
