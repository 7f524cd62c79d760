import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A module that a name comes from, and its name there. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

/** The file of a package's module; undefined for what is not to be looked into. */
export type FileOf = (specifier: string, from: string) => Promise<string | undefined>;

const NAMED = /^export \{([^}]*)\} from "([^"]+)";$/gm;
const ALL = /^export \* from "([^"]+)";$/gm;
const OWN = /^export (?:async )?(?:const|let|var|class|function\*?) (\w+)/gm;
const TAKEN = /^(import|export) \{([^}]*)\} from "([^"]+)";$/gm;

const pairs = (names: string): readonly (readonly [name: string, as: string])[] =>
  names
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.startsWith("type "))
    .map((one) => {
      const [name = "", as = name] = one.split(" as ");
      return [name, as] as const;
    });

/** Takes names from the modules that they come from, past every index: pieces are split by which files reach which, and an index reaches everything. */
export class DirectImports {
  readonly #fileOf: FileOf;
  readonly #origins = new Map<string, Promise<ReadonlyMap<string, Origin>>>();

  constructor(fileOf: FileOf) {
    this.#fileOf = fileOf;
  }

  /** The same module with direct imports, and exports of others' names; `file`: where it lies. What an index doesn't name plainly is still taken from there. */
  async of(text: string, file: string): Promise<string> {
    const known = new Map<string, ReadonlyMap<string, Origin>>();
    for (const [, , , specifier = ""] of text.matchAll(TAKEN)) {
      const index = await this.#fileOf(specifier, file);
      if (index) known.set(specifier, await this.#originsOf(index));
    }
    return text.replace(TAKEN, (line, taken: string, names: string, specifier: string) => {
      const origins = known.get(specifier);
      if (!origins) return line;
      const direct = ([name, as]: readonly [string, string]): string => {
        const { file: from, name: named } = origins.get(name) ?? { file: specifier, name };
        return `${taken} { ${named} as ${as} } from ${JSON.stringify(from)};`;
      };
      return pairs(names).map(direct).join(" ");
    });
  }

  #originsOf(file: string): Promise<ReadonlyMap<string, Origin>> {
    const origins = this.#origins.get(file) ?? this.#read(file);
    this.#origins.set(file, origins);
    return origins;
  }

  async #read(file: string): Promise<ReadonlyMap<string, Origin>> {
    const text = readFileSync(file, "utf8");
    const origins = new Map<string, Origin>();
    const at = (path: string): Promise<string | undefined> | string | undefined =>
      path.startsWith(".")
        ? [`${path}.js`, join(path, "index.js"), path].map((one) => join(dirname(file), one)).find(existsSync)
        : this.#fileOf(path, file);
    for (const [, name = ""] of text.matchAll(OWN)) origins.set(name, { file, name });
    for (const [, path = ""] of text.matchAll(ALL)) {
      const other = await at(path);
      if (other) for (const [name, origin] of await this.#originsOf(other)) if (!origins.has(name)) origins.set(name, origin);
    }
    for (const [, names = "", path = ""] of text.matchAll(NAMED)) {
      const other = await at(path);
      if (!other) continue;
      const theirs = await this.#originsOf(other);
      for (const [name, as] of pairs(names)) origins.set(as, theirs.get(name) ?? { file: other, name });
    }
    return origins;
  }
}
