import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";
import { DirectImports } from "./direct-imports.ts";

/** A module of QMOI. */
const MODULE = /\/(packages\/[a-z-]+\/src|functions)\/.*\.ts$/;
const INDEX = /^@qmoi\/|^\.{1,2}\/(.*\/)?index\.ts$/;

/** Has QMOI's modules take names past their packages' indexes, so that a piece holds what it uses, and not what others use of the same packages. */
export const directOwn: Plugin = {
  name: "direct-own",
  setup: (build) => {
    const direct = new DirectImports(async (specifier, from) => {
      if (!INDEX.test(specifier)) return undefined;
      const { path } = await build.resolve(specifier, { resolveDir: dirname(from), kind: "import-statement" });
      return path;
    });
    build.onLoad({ filter: MODULE }, async ({ path }) => ({ contents: await direct.of(readFileSync(path, "utf8"), path), loader: "ts" }));
  },
};
