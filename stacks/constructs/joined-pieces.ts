import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, buildSync, type OutputFile } from "esbuild";

/** Outputs of a bundle that was split, as paths: those that are used, and of these the ones that are loaded at the start. */
export interface Pieces {
  readonly entry: string;
  readonly used: ReadonlySet<string>;
  readonly first: ReadonlySet<string>;
}

/** How esbuild writes that a piece imports names of another. One that was overlooked fails the piece's own build. */
const IMPORTS = /^import \{([^}]*)\} from "\.\/([^"]+)";$/gm;

/** What pieces import of each other: by piece, the names. */
const importedBy = (files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const file of files)
    for (const [, names = "", piece = ""] of readFileSync(file, "utf8").matchAll(IMPORTS)) {
      const all = found.get(piece) ?? new Set();
      for (const name of names.split(",")) all.add(name.trim().split(" as ")[0] as string);
      found.set(piece, all);
    }
  return found;
};

/**
 * Joins the written pieces that a start loads to one, and minifies all: each file costs time, and what one piece exports only for another is
 * gone. What is loaded later takes what it shares with the start from there.
 */
export const joinedPieces = (outdir: string, { entry, used, first }: Pieces, common: BuildOptions): readonly OutputFile[] => {
  const file = (path: string): string => join(outdir, basename(path));
  const late = [...used].filter((path) => !first.has(path)).map(file);
  const isFirst = new Set([...first].map((path) => basename(path)));
  const shared = [...importedBy(late)].filter(([piece]) => isFirst.has(piece));
  let named = 0;
  // Several pieces may export the same name.
  const names = shared.map(([piece, all]) => [piece, [...all].map((name) => [name, `_${(named++).toString(36)}`] as const)] as const);
  const reexport = (piece: string, pairs: readonly (readonly [string, string])[]): string =>
    `export { ${pairs.map((pair) => pair.join(" as ")).join(", ")} } from ${JSON.stringify(`./${piece}`)};\n`;
  const start = join(outdir, "start.mjs");
  writeFileSync(start, [`export * from "./${basename(entry)}";\n`, ...names.map(([piece, pairs]) => reexport(piece, pairs))].join(""));
  const options = { ...common, outdir, minify: true, sourcemap: "external", write: false } as const;
  const build = (from: string, to: string, external: readonly string[]): readonly OutputFile[] =>
    buildSync({ ...options, entryPoints: [{ in: from, out: basename(to, ".mjs") }], external: [...external] }).outputFiles;
  const joined = build(start, entry, late);
  for (const [piece, pairs] of names) {
    const back = pairs.map(([name, own]) => [own, name] as const);
    writeFileSync(join(outdir, piece), reexport(basename(entry), back));
  }
  return [...joined, ...late.flatMap((one) => build(one, one, [file(entry), ...late.filter((other) => other !== one)]))];
};
