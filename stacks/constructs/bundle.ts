import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { buildSync } from "esbuild";

/** Both ways to deploy run in the repository's folder. */
const root = process.cwd();
const BUNDLES = join(root, "node_modules", ".cache", "qmoi-functions");

const configuration = (): Readonly<Record<string, string>> => {
  const dir = join(root, "config");
  const files = readdirSync(dir).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(dir, file), "utf8")]));
};

/** Code of a function: a file of the repository, or a text that imports some. */
export type Source = { readonly entry: string } | { readonly text: string };

/** Bundles a function with all that it uses into one minified ESM file, and gives the folder that holds it and its source map. */
export const bundle = (name: string, source: Source): string => {
  const outdir = join(BUNDLES, name);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  buildSync({
    ...("entry" in source
      ? { entryPoints: [join(root, source.entry)] }
      : { stdin: { contents: source.text, resolveDir: root, loader: "ts", sourcefile: `${name}.ts` } }),
    absWorkingDir: root,
    outfile: join(outdir, "index.mjs"),
    bundle: true,
    minify: true,
    // Error classes carry their name, and logs show it.
    keepNames: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "error",
    define: { QMOI_CONFIG: JSON.stringify(configuration()) },
    alias: { "@aws-sdk/credential-provider-node": join(root, "functions/aws/credentials.ts") },
    banner: { js: 'import { createRequire as qmoiRequire } from "node:module"; const require = qmoiRequire(import.meta.url);' },
  });
  return relative(root, outdir);
};
