import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Bundled, BundleRequest } from "../bundling/bundler.ts";
import { configuration, configurationFiles } from "../configuration.ts";

/** Both ways to deploy run in the repository's folder. */
const root = process.cwd();
const BUNDLES = join(root, "node_modules", ".cache", "qmoi-functions");
const BUNDLER = join(root, "stacks", "bundling", "bundler.ts");

/** Code of a function: a file of the repository, which may describe its schemas as JSON Schema, or a text that imports some. */
export type Source = { readonly entry: string; readonly describes?: boolean } | { readonly text: string };

/** A bundle's files and what they import of each other. `index.mjs` alone is loaded at the start. */
export interface Bundle {
  readonly files: readonly { readonly path: string; readonly contents: Uint8Array }[];
  /** Files of the repository and of packages of which the start holds something. */
  readonly inputsAtStart: readonly string[];
}

/** The configuration as files, and checked and completed: to do that at each cold start takes longer than all the rest of it. */
const defined = (): BundleRequest["define"] => {
  const files = configurationFiles();
  // A text stands where it is used; an object would be part of every function.
  return { QMOI_CONFIG: JSON.stringify(JSON.stringify(files)), QMOI_SETTINGS: JSON.stringify(configuration(files)) };
};

/** In a process of its own: stacks are made synchronously, and esbuild takes plugins only asynchronously. */
const write = (outdir: string, source: Source): Bundled => {
  const input = JSON.stringify({ root, outdir, source, define: defined() } satisfies BundleRequest);
  // For esbuild, which is written in Go and lives for seconds: collecting garbage less often saves it a sixth of its time.
  const env = { GOGC: "400", ...process.env };
  return JSON.parse(String(execFileSync(process.execPath, [BUNDLER], { input, env, stdio: ["pipe", "pipe", "inherit"] })));
};

/** Writes a function's bundle, and gives the folder that holds it. */
export const writeBundle = (name: string, source: Source): string => {
  const outdir = join(BUNDLES, name);
  write(outdir, source);
  return relative(root, outdir);
};

/** Bundles a function with all that it uses into minified ESM files: what it loads at its start, and what it loads when it is needed. */
export const bundleOf = (name: string, source: Source): Bundle => {
  const outdir = join(BUNDLES, name);
  const { paths, inputsAtStart } = write(outdir, source);
  return { files: paths.map((path) => ({ path, contents: readFileSync(join(outdir, path)) })), inputsAtStart };
};
