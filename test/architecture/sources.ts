import { globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Node, type Program, parseSync } from "oxc-parser";

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A file of the repository; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a check found: where, and what to do about it. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Problems as lines that a terminal makes clickable; the empty list means that the check holds. */
export const report = (problems: readonly Problem[]): string[] =>
  problems.map(({ path, line, message }) => `${path}:${line} ${message}`).sort();

const isOurs = (path: string): boolean => !/(^|\/)(node_modules|dist|coverage|cdk\.out|\.[^/]*)\//.test(path);

/** Files of the working tree that match a glob pattern. */
export const readSources = (...patterns: readonly string[]): SourceFile[] =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: (name) => name === "node_modules" || name === ".git" }))
    .map((path) => path.split(sep).join("/"))
    .filter(isOurs)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Whether a file only serves tests: it may use test libraries, a clock and packages above its own. */
export const isTest = (path: string): boolean => /\.(test|bench)\.ts$/.test(path) || path.startsWith("test/") || path.includes("/testing/");

/** 1-based line of an offset. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** Calls `visit` for each node of a syntax tree, parents first, with the path of ancestors (nearest last). */
export const walk = (program: Program, visit: (node: Node, ancestors: readonly Node[]) => void): void => {
  const ancestors: Node[] = [];
  const step = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) step(item);
    } else if (value !== null && typeof value === "object" && "type" in value) {
      const node = value as Node;
      visit(node, ancestors);
      ancestors.push(node);
      for (const child of Object.values(node)) step(child);
      ancestors.pop();
    }
  };
  step(program);
};

/** Parses a source file; a syntax error fails the check with its place. */
export const parse = ({ path, text }: SourceFile): Program => {
  const { program, errors } = parseSync(path, text, { lang: "ts" });
  const first = errors[0];
  if (first) throw new SyntaxError(`${path}:${lineAt(text, first.labels[0]?.start ?? 0)} ${first.message}`);
  return program;
};

/** One import of a module, in whatever form. */
export interface Import {
  /** Undefined for `import(expression)`. */
  readonly specifier: string | undefined;
  readonly line: number;
  /** Erased when the code runs: `import type`, `export type … from`, `import("…").T`. */
  readonly typeOnly: boolean;
  /** Names taken from the module; undefined when the whole module is taken. */
  readonly names: readonly string[] | undefined;
}

const nameOf = (node: { readonly type: string; readonly name?: unknown; readonly value?: unknown }): string =>
  String(node.name ?? node.value);

const importOf = (node: Node): Omit<Import, "line"> | undefined => {
  switch (node.type) {
    case "ImportDeclaration": {
      const named = node.specifiers.every((one) => one.type === "ImportSpecifier");
      return {
        specifier: node.source.value,
        typeOnly: node.importKind === "type",
        names: named ? node.specifiers.map((one) => (one.type === "ImportSpecifier" ? nameOf(one.imported) : "default")) : undefined,
      };
    }
    case "ExportNamedDeclaration":
      if (!node.source) return undefined;
      return { specifier: node.source.value, typeOnly: node.exportKind === "type", names: node.specifiers.map((one) => nameOf(one.local)) };
    case "ExportAllDeclaration":
      return { specifier: node.source.value, typeOnly: node.exportKind === "type", names: undefined };
    case "ImportExpression":
      return { specifier: node.source.type === "Literal" ? String(node.source.value) : undefined, typeOnly: false, names: undefined };
    case "TSImportType":
      return { specifier: String(node.source.value), typeOnly: true, names: undefined };
    case "CallExpression": {
      const [first] = node.arguments;
      if (node.callee.type !== "Identifier" || node.callee.name !== "require") return undefined;
      return { specifier: first?.type === "Literal" ? String(first.value) : undefined, typeOnly: false, names: undefined };
    }
    default:
      return undefined;
  }
};

/** Every import of a file: static, dynamic, of types, `require` and re-exports. */
export const importsOf = (file: SourceFile): Import[] => {
  const found: Import[] = [];
  walk(parse(file), (node) => {
    const one = importOf(node);
    if (one) found.push({ ...one, line: lineAt(file.text, node.start) });
  });
  return found;
};
