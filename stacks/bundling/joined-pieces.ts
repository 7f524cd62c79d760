import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build, type Metafile, type OutputFile } from "esbuild";

/** A bundle that was split, as it was written: by path what each piece imports, the entry, and what a start loads. */
export interface Pieces {
  readonly outputs: Metafile["outputs"];
  readonly entry: string;
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

type Names = readonly (readonly [name: string, inStart: string])[];

/** What pieces take of those that a start loads, by piece; several may export the same name. */
const namesFor = (files: readonly string[], isFirst: ReadonlySet<string>): ReadonlyMap<string, Names> => {
  let named = 0;
  const shared = [...importedBy(files)].filter(([piece]) => isFirst.has(piece));
  return new Map(shared.map(([piece, all]) => [piece, [...all].map((name) => [name, `_${(named++).toString(36)}`] as const)]));
};

const reexport = (piece: string, pairs: Names): string =>
  `export { ${pairs.map((pair) => pair.join(" as ")).join(", ")} } from ${JSON.stringify(`./${piece}`)};\n`;

/**
 * Joins the written pieces that a start loads to one, and minifies all: each file costs time, and what one piece exports only for another is
 * gone, with all that only it would load. What is loaded later takes what it shares with the start from there.
 */
export const joinedPieces = async (
  outdir: string,
  { outputs, entry, first }: Pieces,
  common: BuildOptions,
): Promise<readonly OutputFile[]> => {
  const file = (piece: string): string => join(outdir, piece);
  const isFirst = new Set([...first].map((path) => basename(path)));
  const imports = new Map(Object.entries(outputs).map(([path, one]) => [basename(path), one.imports.map((other) => basename(other.path))]));
  const isLate = (piece: string): boolean => imports.has(piece) && !isFirst.has(piece);
  const late = [...imports.keys()].filter((piece) => isLate(piece) && piece.endsWith(".mjs"));
  const start = file("start.mjs");
  const options = { ...common, outdir, minify: true, sourcemap: "external", write: false, metafile: true } as const;
  const joining = (from: string, to: string, external: readonly string[]) =>
    build({ ...options, entryPoints: [{ in: from, out: basename(to, ".mjs") }], external: external.map(file) });
  let [used, names]: [readonly string[], ReadonlyMap<string, Names>] = [[], new Map()];
  for (;;) {
    names = namesFor(used.map(file), isFirst);
    writeFileSync(
      start,
      [...[...names].map(([piece, pairs]) => reexport(piece, pairs)), `export * from "./${basename(entry)}";\n`].join(""),
    );
    const joined = await joining(start, entry, late);
    const asked = Object.values(joined.metafile.outputs).flatMap((one) => one.imports.map((other) => basename(other.path)));
    // What is loaded late may want more of the start, which may load more then.
    const found = new Set(asked.filter(isLate));
    for (const piece of found) for (const other of imports.get(piece) ?? []) if (isLate(other)) found.add(other);
    if (found.size > used.length) {
      used = [...found];
      continue;
    }
    // Of a piece of the start that another only wants to have been run, nothing is left to do.
    for (const piece of isFirst) {
      const back = (names.get(piece) ?? []).map(([name, own]) => [own, name] as const);
      writeFileSync(file(piece), back.length > 0 ? reexport(basename(entry), back) : "");
    }
    const others = await Promise.all(
      used.map((piece) => joining(file(piece), piece, [basename(entry), ...late.filter((other) => other !== piece)])),
    );
    return [joined, ...others].flatMap(({ outputFiles }) => outputFiles);
  }
};
