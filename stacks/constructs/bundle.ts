import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type BuildOptions, buildSync, type Metafile, type OutputFile } from "esbuild";
import { configuration, configurationFiles } from "../configuration.ts";
import { joinedPieces } from "./joined-pieces.ts";

/** Both ways to deploy run in the repository's folder. */
const root = process.cwd();
const BUNDLES = join(root, "node_modules", ".cache", "qmoi-functions");

/** The configuration as files, and checked and completed: to do that at each cold start takes longer than all the rest of it. */
const defined = (): { readonly QMOI_CONFIG: string; readonly QMOI_SETTINGS: string } => {
  const files = configurationFiles();
  // A text stands where it is used; an object would be part of every function.
  return { QMOI_CONFIG: JSON.stringify(JSON.stringify(files)), QMOI_SETTINGS: JSON.stringify(configuration(files)) };
};

const ENTRY = "index.mjs";
/** How esbuild names the output of a text; its source map keeps the name. */
const STDIN = /^stdin\.mjs$/;

/** Code of a function: a file of the repository, or a text that imports some. */
export type Source = { readonly entry: string } | { readonly text: string };

/** A bundle's files and what they import of each other. `index.mjs` alone is loaded at the start. */
export interface Bundle {
  readonly files: readonly { readonly path: string; readonly contents: Uint8Array }[];
  /** Files of the repository and of packages of which the start holds something. */
  readonly inputsAtStart: readonly string[];
  readonly metafile: Metafile;
}

const COMMON = {
  absWorkingDir: root,
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

/**
 * Bundles a function with all that it uses into minified ESM files: `index.mjs`, which is what it loads at its start, and what it loads when it is
 * needed. Without splitting, a module that is loaded late would be taken whole, unused parts included.
 */
export const bundleOf = (name: string, source: Source): Bundle => {
  const outdir = join(BUNDLES, name);
  rmSync(outdir, { recursive: true, force: true });
  // A user's classes of errors carry their names, and history shows them, which joining could change; QMOI's own say theirs.
  const own = "entry" in source;
  const { banner, ...piece } = COMMON;
  const { outputFiles = [], metafile } = buildSync({
    ...piece,
    ...(own
      ? { entryPoints: [{ in: join(root, source.entry), out: "index" }], write: true }
      : { stdin: { contents: source.text, resolveDir: root, loader: "ts" }, write: false, banner, minify: true, keepNames: true }),
    outdir,
    metafile: true,
    splitting: true,
    chunkNames: "[hash]",
    mainFields: ["module", "main"],
    sourcemap: "linked",
    define: defined(),
    alias: {
      "@aws-sdk/credential-provider-node": join(root, "functions/aws/credentials.ts"),
      // A user's function may want more of it.
      ...(own ? { "node:http": join(root, "functions/aws/node-http.ts") } : {}),
    },
  });
  const entry = relative(root, join(outdir, own ? ENTRY : "stdin.mjs"));
  const used = reachable(metafile, entry, () => true);
  const first = reachable(metafile, entry, (kind) => kind === "import-statement");
  const isUsed = ({ path }: OutputFile): boolean => used.has(relative(root, path).replace(/\.map$/, ""));
  // Node reads the maps of a user's code; QMOI's own are read when there is an error to tell.
  const made = own ? joinedPieces(outdir, { outputs: metafile.outputs, entry, first }, COMMON) : outputFiles.filter(isUsed);
  const files = made.map(({ path, contents }) => ({ path: relative(outdir, path).replace(STDIN, ENTRY), contents }));
  return { files, inputsAtStart: [...first].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {})), metafile };
};

/** Outputs that an output imports, directly or not. What only unused code would load is written too, and is not among them. */
const reachable = ({ outputs }: Metafile, entry: string, follow: (kind: string) => boolean): ReadonlySet<string> => {
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (outputs[next] && follow(kind)) found.add(next);
  return found;
};

/** Writes a function's bundle, and gives the folder that holds it. */
export const writeBundle = (name: string, source: Source): string => {
  const outdir = join(BUNDLES, name);
  const { files } = bundleOf(name, source);
  rmSync(outdir, { recursive: true, force: true });
  for (const { path, contents } of files) {
    const file = resolve(outdir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return relative(root, outdir);
};
