import { bundleOf } from "../../../stacks/constructs/bundle.ts";

/** Functions that QMOI deploys, by the file of their handler. */
export const FUNCTIONS = [
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
export type FunctionName = (typeof FUNCTIONS)[number];

/** As the stacks set it, with any values: nothing is called. */
export const ENVIRONMENT = {
  ...Object.fromEntries(
    ["TABLE", "BLOBS", "BACKUPS", "HINTS", "WAKES", "COMPLETIONS", "PREFIX", "MACHINE", "LOG_LEVEL"].map((name) => [
      `QMOI_${name}`,
      "none",
    ]),
  ),
  AWS_REGION: "us-east-1",
};

const KB = 1024;

/** What is aimed at: minified code in KB of 1,024 bytes, and processor time of a start above an empty module's in ms. */
export const limitsOf = (name: FunctionName): { readonly kb: number; readonly ms: number } =>
  name === "task-runner" ? { kb: 550, ms: 120 } : { kb: 400, ms: 80 };

/** What each function keeps to, in KB, a little above what it takes: at its start, with the table's client, and whole. Lower them as they are met. */
export const KEPT: Readonly<Record<FunctionName, { readonly start: number; readonly usual: number; readonly whole: number }>> = {
  "task-runner": { start: 216, usual: 344, whole: 772 },
  decider: { start: 184, usual: 310, whole: 821 },
  completer: { start: 71, usual: 197, whole: 430 },
  tick: { start: 191, usual: 320, whole: 983 },
  master: { start: 261, usual: 391, whole: 1113 },
  "master-automation": { start: 258, usual: 386, whole: 1042 },
  "intelligent-scheduler": { start: 214, usual: 342, whole: 964 },
  api: { start: 270, usual: 397, whole: 1388 },
  authorizer: { start: 65, usual: 189, whole: 199 },
  announcer: { start: 43, usual: 44, whole: 162 },
};

/** What the client of the table names its service by. */
const TABLE = "DynamoDB_20120810";
/** How a minified piece loads another with itself. */
const LOADS = /(?:from|import)"\.\/(\w+\.mjs)"/g;

/**
 * A function's bundle as it is deployed, and its code in KB: what is loaded at its start, with the table's client, and with all that is loaded
 * when it is needed. `tablePiece`: the file that brings the table's client; undefined where there is none.
 */
export const bundled = (name: FunctionName) => {
  const { files, inputsAtStart } = bundleOf(name, { entry: `functions/aws/${name}.ts`, describes: name === "api" });
  const code = files.filter(({ path }) => path.endsWith(".mjs"));
  const texts = new Map(code.map(({ path, contents }) => [path, Buffer.from(contents).toString()]));
  const kb = (paths: Iterable<string>): number =>
    [...paths].reduce((sum, path) => sum + Buffer.byteLength(texts.get(path) as string), 0) / KB;
  const tablePiece = [...texts].find(([, text]) => text.includes(TABLE))?.[0];
  const used = new Set(["index.mjs", ...(tablePiece ? [tablePiece] : [])]);
  for (const path of used) for (const [, other = ""] of (texts.get(path) as string).matchAll(LOADS)) used.add(other);
  return { files, code, inputsAtStart, tablePiece, startKb: kb(["index.mjs"]), usualKb: kb(used), wholeKb: kb(texts.keys()) };
};
