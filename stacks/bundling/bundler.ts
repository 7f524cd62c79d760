// Bundles one function: reads a BundleRequest as JSON from its input, writes the bundle's files, and prints a Bundled as JSON.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type OutputFile } from "esbuild";
import type { Source } from "../constructs/bundle.ts";
import { directOwn } from "./direct-own.ts";
import { joinedPieces } from "./joined-pieces.ts";
import { leanSdk } from "./lean-sdk.ts";
import { leanZod } from "./lean-zod.ts";
import { leaveUnreached } from "./leave-unreached.ts";

export interface BundleRequest {
  readonly root: string;
  /** Emptied first. */
  readonly outdir: string;
  readonly source: Source;
  /** Names that stand for texts of JavaScript. */
  readonly define: Readonly<Record<string, string>>;
}

/** What was written: paths below `outdir`, and the files of which the start holds something. */
export interface Bundled {
  readonly paths: readonly string[];
  readonly inputsAtStart: readonly string[];
}

const ENTRY = "index.mjs";
/** How esbuild names the output of a text; its source map keeps the name. */
const STDIN = /^stdin\.mjs$/;

const COMMON = {
  bundle: true,
  format: "esm",
  outExtension: { ".js": ".mjs" },
  platform: "node",
  target: "node24",
  sourcesContent: false,
  legalComments: "none",
  logLevel: "error",
  banner: { js: 'import { createRequire as qmoiRequire } from "node:module"; const require = qmoiRequire(import.meta.url);' },
} as const satisfies BuildOptions;

/** What QMOI's own functions do without; a user's may want it. */
const ownAlias = (root: string): Readonly<Record<string, string>> => ({
  // The same as modules, of which what isn't used can be left out.
  "ml-matrix": join(root, "node_modules/ml-matrix/src/index.js"),
  "node:http": join(root, "functions/aws/node-http.ts"),
  "@smithy/core/event-streams": join(root, "functions/aws/event-streams.ts"),
  "@aws-sdk/endpoint-cache": join(root, "functions/aws/endpoint-cache.ts"),
});

/** Without splitting, a module that is loaded late would be taken whole, unused parts included. */
const bundle = async ({ root, outdir, source, define }: BundleRequest): Promise<Bundled> => {
  rmSync(outdir, { recursive: true, force: true });
  const own = "entry" in source;
  const common = { ...COMMON, absWorkingDir: root };
  const { banner, ...piece } = common;
  const options = {
    ...piece,
    // A user's classes of errors carry their names, and history shows them, which joining could change; QMOI's own say theirs.
    ...(own
      ? { entryPoints: [{ in: join(root, source.entry), out: "index" }] }
      : { stdin: { contents: source.text, resolveDir: root, loader: "ts" }, banner, minify: true, keepNames: true }),
    write: false,
    outdir,
    metafile: true,
    splitting: true,
    chunkNames: "[hash]",
    mainFields: ["module", "main"],
    sourcemap: "linked",
    define,
    alias: {
      "@aws-sdk/credential-provider-node": join(root, "functions/aws/credentials.ts"),
      ...(own ? ownAlias(root) : {}),
    },
    plugins: own ? [directOwn, leanSdk, ...(source.describes ? [] : [leanZod])] : [],
  } as const satisfies BuildOptions;
  const entry = relative(root, join(outdir, own ? ENTRY : "stdin.mjs"));
  // What of it is ever loaded is known only once all is bundled.
  const all = await build(options);
  const unreached = leaveUnreached(
    root,
    all.metafile,
    reachable(all.metafile, entry, () => true),
  );
  const { outputFiles, metafile } = unreached ? await build({ ...options, plugins: [unreached, ...options.plugins] }) : all;
  const used = reachable(metafile, entry, () => true);
  const first = reachable(metafile, entry, (kind) => kind === "import-statement");
  const isUsed = ({ path }: OutputFile): boolean => used.has(relative(root, path).replace(/\.map$/, ""));
  // Node reads the maps of a user's code; QMOI's own are read when there is an error to tell.
  if (own) writeFiles(outputFiles);
  const made = own ? await joinedPieces(outdir, { outputs: metafile.outputs, entry, first }, common) : outputFiles.filter(isUsed);
  const files = made.map(({ path, contents }) => ({ path: relative(outdir, path).replace(STDIN, ENTRY), contents }));
  rmSync(outdir, { recursive: true, force: true });
  writeFiles(files.map(({ path, contents }) => ({ path: resolve(outdir, path), contents })));
  const inputsAtStart = [...first].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
  return { paths: files.map(({ path }) => path), inputsAtStart };
};

const writeFiles = (files: readonly Pick<OutputFile, "path" | "contents">[]): void => {
  for (const { path, contents } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
};

/** Outputs that an output imports, directly or not. What only unused code would load is written too, and is not among them. */
const reachable = ({ outputs }: Metafile, entry: string, follow: (kind: string) => boolean): ReadonlySet<string> => {
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (outputs[next] && follow(kind)) found.add(next);
  return found;
};

process.stdout.write(JSON.stringify(await bundle(JSON.parse(readFileSync(0, "utf8")) as BundleRequest)));
