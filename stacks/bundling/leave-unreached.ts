import { join } from "node:path";
import type { Metafile, Plugin } from "esbuild";

/** Marks a question that this plugin asks itself. */
const ASKED = "leave-unreached";

/**
 * Leaves out what only unused code would load late: esbuild keeps all that any file which it reads names so, and what modules hold for that stays in
 * them. `reached`: outputs of a first build that what runs comes to.
 * Undefined where nothing is to be left out, and the first build will do.
 */
export const leaveUnreached = (root: string, { outputs }: Metafile, reached: ReadonlySet<string>): Plugin | undefined => {
  const files = new Set(
    Object.entries(outputs).flatMap(([path, { entryPoint }]) => (entryPoint && !reached.has(path) ? [join(root, entryPoint)] : [])),
  );
  if (files.size === 0) return undefined;
  return {
    name: "leave-unreached",
    setup: (build) => {
      build.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === ASKED) return undefined;
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: ASKED });
        return files.has(found.path) ? { path: found.path, external: true } : undefined;
      });
      build.onEnd(({ metafile }) => {
        const kept = Object.values(metafile?.outputs ?? {}).flatMap((one) => one.imports.filter(({ path }) => files.has(path)));
        return { errors: kept.map(({ path }) => ({ text: `${path} was left out, and is loaded all the same` })) };
      });
    },
  };
};
