import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildResult, build } from "esbuild";
import { repositoryRoot as root, type SiblingFiles, siblingFiles } from "./bundle-urls.ts";
import { thirdPartyNotices } from "./third-party.ts";

/** Bundles the entries; a module that several of them use becomes a chunk beside them. */
const bundle = (outdir: string, entries: ReadonlyMap<string, string>, found: SiblingFiles): Promise<BuildResult<{ metafile: true }>> =>
  build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries),
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    // Error classes carry their name, and logs show it.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [siblingFiles(root, found)],
    // Bundled CommonJS packages call require for Node's modules.
    banner: { js: 'import { createRequire as qmoiCreateRequire } from "node:module"; const require = qmoiCreateRequire(import.meta.url);' },
  });

/**
 * Bundles the command line and the server into a folder, and says what it made. Third-party code is inside, so that the package depends on nothing
 * but `node`. Files stay readable: a stack trace tells names, and the tarball is small either way.
 */
export const bundleQmoi = async (outdir: string): Promise<string> => {
  const found: SiblingFiles = { entries: new Map([["qmoi", join(root, "packages/cli/src/main.ts")]]), assets: new Map() };
  // Workers and child processes are entries too, and are only known once the code that starts them was read: until no new one appears.
  for (;;) {
    const entries = new Map(found.entries);
    rmSync(outdir, { recursive: true, force: true });
    const { metafile } = await bundle(outdir, entries, found);
    if (found.entries.size > entries.size) continue;
    for (const [name, path] of found.assets) copyFileSync(path, join(outdir, name));
    writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(Object.keys(metafile.inputs), root));
    const bytes = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
    return `${[...entries.keys()].join(", ")} (${Math.round(bytes / 1024)} KB with source maps)`;
  }
};
