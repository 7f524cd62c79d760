import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Import, importsOf, isTest, type Problem, type SourceFile } from "./sources.ts";

const SYSTEMS = [
  "master-automation",
  "advanced-automation",
  "health-monitor",
  "parallel-error-fixer",
  "intelligent-scheduler",
  "data-optimizer",
  "auto-evolution",
  "cloud-integration",
] as const;

/** What each part may import directly; whatever lies below that is allowed too, except for `stacks`. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  cli: ["local", "client", "simulator"],
  console: ["client"],
  local: ["functions", "adapters"],
  functions: ["runtime", "adapters", "simulator"],
  simulator: ["runtime", "adapters"],
  runtime: SYSTEMS,
  ...Object.fromEntries(SYSTEMS.map((name) => [name, ["forecast", "config"]])),
  forecast: ["core"],
  config: ["core"],
  adapters: ["core"],
  client: ["core"],
  core: [],
  stacks: ["config"],
};

const below = (part: string): Set<string> => {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const next of ARROWS[name] ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(part);
  return found;
};

const allowedFor = (part: string): Set<string> => (part === "stacks" ? new Set(ARROWS.stacks) : below(part));

/** The part of the repository that a file belongs to: a package's name, `functions`, `stacks`, or undefined for tests and scripts. */
export const partOf = (path: string): string | undefined => {
  const [top, name] = path.split("/");
  if (top === "packages") return name;
  return top === "functions" || top === "stacks" ? top : undefined;
};

/** A package.json, as far as the checks read it. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  /** Entries of the package: `.`, and what stands apart so that not everybody loads it. */
  readonly exports?: Readonly<Record<string, string>>;
}

/** Manifests by folder: `packages/core`, `functions`, and `.` for the root. */
export type Manifests = ReadonlyMap<string, Manifest>;

const folderOf = (path: string): string => {
  const part = partOf(path);
  if (part === undefined || part === "stacks") return ".";
  return part === "functions" ? "functions" : `packages/${part}`;
};

/** What deploys; it may use what stacks/package.json names, which is not installed everywhere. */
const deploys = (path: string): boolean => /^(stacks\/|test\/stacks\/|sst\.config\.ts$)/.test(path);

const packageName = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
const typesName = (name: string): string => `@types/${name.replace(/^@/, "").replace("/", "__")}`;

const isDeclared = (path: string, { specifier = "", typeOnly }: Import, manifests: Manifests): boolean => {
  const name = packageName(specifier);
  const folder = folderOf(path);
  const own = manifests.get(folder);
  if (own?.dependencies && name in own.dependencies) return true;
  // Tests, scripts and types run or vanish in a clone: there the development dependencies are installed.
  if (!isTest(path) && folder !== "." && !typeOnly) return false;
  const folders = deploys(path) ? [folder, ".", "stacks"] : [folder, "."];
  return folders.map((name) => manifests.get(name)?.devDependencies).some((list) => list && (name in list || typesName(name) in list));
};

const relativeProblem = (path: string, specifier: string): string | undefined => {
  const part = partOf(path);
  const file = posix.join(posix.dirname(path), specifier);
  const target = partOf(file);
  if (part === undefined || part === target || (isTest(path) && file.startsWith("test/"))) return undefined;
  return `reaches out of its package with "${specifier}"; import @qmoi/${target ?? "…"}, or move the code.`;
};

const ownProblem = (path: string, specifier: string, manifests: Manifests): string | undefined => {
  const [, name = "", ...deep] = specifier.split("/");
  const part = partOf(path);
  const entries = manifests.get(`packages/${name}`)?.exports ?? {};
  if (name !== "functions" && deep.length > 0 && !(`./${deep.join("/")}` in entries))
    return `imports a file inside of @qmoi/${name}; export it from its index.ts.`;
  if (part === undefined) return undefined;
  if (name === part) return "imports its own package by name; use a relative path.";
  if (!isTest(path) && !allowedFor(part).has(name))
    return `imports @qmoi/${name}, which is not below ${part}; it may import ${[...allowedFor(part)].sort().join(", ") || "nothing"}.`;
  if (part === "stacks") return undefined;
  const { dependencies = {}, devDependencies = {} } = manifests.get(folderOf(path)) ?? {};
  if (`@qmoi/${name}` in dependencies || (isTest(path) && `@qmoi/${name}` in devDependencies)) return undefined;
  return `imports @qmoi/${name} without naming it in ${folderOf(path)}/package.json.`;
};

const importProblem = (path: string, one: Import, manifests: Manifests): string | undefined => {
  const { specifier } = one;
  if (specifier === undefined) return undefined;
  if (specifier.startsWith(".")) return relativeProblem(path, specifier);
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? undefined : `imports "${specifier}"; write "node:${specifier}".`;
  if (specifier.startsWith("@qmoi/")) return ownProblem(path, specifier, manifests);
  if (specifier.startsWith("/") || /^\w+:/.test(specifier)) return `imports "${specifier}"; import a package or a relative path.`;
  if (isDeclared(path, one, manifests)) return undefined;
  return `imports ${packageName(specifier)} without naming it in ${folderOf(path)}/package.json.`;
};

/** Imports that go against the arrows, into a package's inside, or to what its package.json does not name. */
export const importProblems = (file: SourceFile, manifests: Manifests): Problem[] =>
  importsOf(file).flatMap((one) => {
    const message = importProblem(file.path, one, manifests);
    return message ? [{ path: file.path, line: one.line, message }] : [];
  });

/** Dependencies between workspaces that a package.json names against the arrows. */
export const manifestProblems = (manifests: Manifests): Problem[] =>
  [...manifests].flatMap(([folder, { dependencies = {} }]) => {
    const part = partOf(`${folder}/package.json`);
    if (part === undefined) return [];
    const known = part in ARROWS ? [] : [`is not part of the design; add ${part} to ARROWS in test/architecture/arrows.ts.`];
    const upward = Object.keys(dependencies)
      .filter((name) => name.startsWith("@qmoi/") && !allowedFor(part).has(name.slice("@qmoi/".length)))
      .map((name) => `names ${name}, which is not below ${part}.`);
    return [...known, ...upward].map((message) => ({ path: `${folder}/package.json`, line: 1, message }));
  });

/** Cycles among directed edges, each as a path that ends where it begins; every cycle of the graph touches one of them. */
export const cycles = (edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] => {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) found.push([...trail.slice(start), name]);
    if (start >= 0 || done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
  return found;
};

/** Which part imports which, over all files but tests. */
export const partEdges = (files: readonly SourceFile[]): Map<string, Set<string>> => {
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const part = partOf(file.path);
    if (part === undefined || isTest(file.path)) continue;
    for (const { specifier } of importsOf(file)) {
      if (!specifier?.startsWith("@qmoi/")) continue;
      edges.set(part, (edges.get(part) ?? new Set()).add(specifier.split("/")[1] ?? ""));
    }
  }
  return edges;
};
