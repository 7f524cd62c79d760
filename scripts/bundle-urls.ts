import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { parseSync } from "oxc-parser";

/** The repository's root. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** A file that the code finds beside itself. */
const SIBLING = /new URL\(\s*(["'])([^"']+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/** Whether a use of import.meta means the same in the bundle. */
const isPortable = (text: string, start: number): boolean =>
  text.startsWith("import.meta.main", start) ||
  (text.startsWith("import.meta.url)", start) && text.slice(0, start).endsWith("createRequire("));

/** Files of the repository's root that the package ships beside dist/. */
const SHIPPED = /^(config\/|package\.json$)/;

/** How a bundle in one flat folder finds the files that its sources found beside themselves. */
export interface SiblingFiles {
  /** Sources that run on their own (workers, child processes), by the name of their output without ending. */
  readonly entries: Map<string, string>;
  /** Other files, copied as they are, by the name of their copy. */
  readonly assets: Map<string, string>;
}

/** The name of an entry's output, or of a copied file, in dist/; no two sources may share one. */
const claim = (found: SiblingFiles, target: string): string => {
  const isSource = /\.m?ts$/.test(target);
  const name = isSource ? basename(target).replace(/\.m?ts$/, "") : basename(target);
  const file = isSource ? `${name}.js` : name;
  const others = [...[...found.entries].map(([entry, path]) => [`${entry}.js`, path] as const), ...found.assets];
  const other = others.find(([taken, path]) => taken === file && path !== target);
  if (other) throw new Error(`${other[1]} and ${target} would both become dist/${file}; rename one of them.`);
  (isSource ? found.entries : found.assets).set(name, target);
  return file;
};

/** Where a file lies as seen from dist/; what must be put there is noted in `found`. */
const placeOf = (target: string, root: string, found: SiblingFiles): string => {
  const fromRoot = relative(root, target).split(sep).join("/");
  return SHIPPED.test(fromRoot) ? `../${fromRoot}` : `./${claim(found, target)}`;
};

/** Rewrites one source for its place in the bundle's folder. Any other use of its own place fails: it would break only once installed. */
export const rewriteSiblings = (text: string, path: string, root: string, found: SiblingFiles): string => {
  const uses = parseSync(path, text, { lang: "ts" }).module.importMetas;
  const siblings = [...text.matchAll(SIBLING)].filter(({ 0: match, index }) =>
    uses.some(({ start }) => start > index && start < index + match.length),
  );
  const covered = (start: number): boolean => siblings.some(({ 0: match, index }) => start > index && start < index + match.length);
  const other = uses.find(({ start }) => !covered(start) && !isPortable(text, start));
  if (other) {
    const line = text.slice(0, other.start).split("\n").length;
    throw new Error(`${path}:${line} only new URL("./name", import.meta.url) finds its file in the bundle too.`);
  }
  return siblings.reduceRight((result, { 0: match, 2: reference = "", index }) => {
    const target = join(dirname(path), reference);
    if (!existsSync(target)) throw new Error(`${path} refers to ${reference}, which does not exist.`);
    const url = `new URL(${JSON.stringify(placeOf(target, root, found))}, import.meta.url)`;
    return `${result.slice(0, index)}${url}${result.slice(index + match.length)}`;
  }, text);
};

/** esbuild's plugin around {@link rewriteSiblings}, for the repository's own sources. */
export const siblingFiles = (root: string, found: SiblingFiles): Plugin => ({
  name: "sibling-files",
  setup: (build) => {
    build.onLoad({ filter: /\.m?ts$/ }, ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined;
      try {
        return { contents: rewriteSiblings(readFileSync(path, "utf8"), path, root, found), loader: "ts" };
      } catch (error) {
        return { errors: [{ text: error instanceof Error ? error.message : String(error) }] };
      }
    });
  },
});
