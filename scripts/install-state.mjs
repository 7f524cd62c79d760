// Whether node_modules holds what package-lock.json asks for. Plain JavaScript without dependencies: it runs before anything is installed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, resolved?: string, dev?: boolean, optional?: boolean, devOptional?: boolean,
 *   os?: string[], cpu?: string[], libc?: string[], dependencies?: Record<string, string>, devDependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} LockEntry
 * @typedef {Record<string, LockEntry>} LockPackages
 * @typedef {{ os: string, cpu: string, libc: string | undefined }} Platform
 */

/** The C library's family, as npm names it; undefined outside Linux. */
const currentLibc = () => {
  if (process.platform !== "linux") return undefined;
  // Without this the report looks up the names of all open connections, which takes seconds where DNS is slow.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header?.glibcVersionRuntime ? "glibc" : "musl";
};

/** @returns {Platform} */
export const currentPlatform = () => ({ os: process.platform, cpu: process.arch, libc: currentLibc() });

/**
 * npm's rule for `os`, `cpu` and `libc`: `!x` excludes, anything else is a list of what is allowed.
 * @param {string[] | undefined} wanted
 * @param {string | undefined} actual
 */
const allows = (wanted, actual) => {
  if (!wanted || wanted.length === 0) return true;
  if (actual === undefined) return false;
  if (wanted.includes(`!${actual}`)) return false;
  const allowed = wanted.filter((name) => !name.startsWith("!"));
  return allowed.length === 0 || allowed.includes(actual) || allowed.includes("any");
};

/**
 * @param {LockEntry} entry
 * @param {Platform} platform
 */
const fits = (entry, platform) => allows(entry.os, platform.os) && allows(entry.cpu, platform.cpu) && allows(entry.libc, platform.libc);

/** @param {LockEntry} entry */
const isDev = (entry) => entry.dev === true || entry.devOptional === true;

/**
 * An optional package that names no platform may have failed to build here; asking again each time would not help.
 * @param {LockEntry} entry
 * @param {Platform} platform
 */
const mayBeMissing = (entry, platform) =>
  !fits(entry, platform) || ((entry.optional === true || entry.devOptional === true) && !entry.os && !entry.cpu && !entry.libc);

/**
 * @param {LockEntry} wanted
 * @param {LockEntry} found
 */
const same = (wanted, found) =>
  wanted.version === found.version && wanted.integrity === found.integrity && (wanted.link !== true || wanted.resolved === found.resolved);

/** The workspace with what only a deploy needs, hundreds of megabytes: neither start nor tests install it. */
const DEPLOY = "stacks";

/** All workspaces but that one, as npm names them. @param {LockPackages} packages */
export const workspacesWithoutDeploy = (packages) =>
  Object.values(packages)
    .filter((entry) => entry.link && entry.resolved && entry.resolved !== DEPLOY)
    .map((entry) => /** @type {string} */ (entry.resolved))
    .sort();

/**
 * Where Node finds a package: in the nearest node_modules on the way up.
 * @param {LockPackages} packages
 * @param {string} from
 * @param {string} name
 */
const resolve = (packages, from, name) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    const path = `${at}${at === "" ? "" : "/"}node_modules/${name}`;
    if (packages[path]) return path;
    if (at === "") return undefined;
  }
};

/**
 * What the repository and all its workspaces need, except what only a deploy needs.
 * @param {LockPackages} packages
 * @returns {LockPackages}
 */
export const withoutDeploy = (packages) => {
  /** @type {Set<string>} */
  const reached = new Set();
  const open = ["", ...workspacesWithoutDeploy(packages)];
  for (const path of open) {
    const entry = packages[path];
    if (!entry || reached.has(path)) continue;
    reached.add(path);
    if (entry.link) open.push(/** @type {string} */ (entry.resolved));
    const needs = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies, ...entry.devDependencies };
    for (const name of Object.keys(needs)) open.push(resolve(packages, path, name) ?? "");
  }
  return Object.fromEntries(
    Object.entries(packages).filter(([path, entry]) => reached.has(path) || (entry.link && entry.resolved !== DEPLOY)),
  );
};

/**
 * Names of what is missing or differs, empty when the installation will do.
 * @param {LockPackages} wanted packages of package-lock.json
 * @param {LockPackages} found packages of node_modules/.package-lock.json
 * @param {{ dev: boolean, platform: Platform }} options dev: whether devDependencies are needed
 * @returns {string[]}
 */
export const differences = (wanted, found, { dev, platform }) =>
  Object.entries(wanted)
    .filter(([path]) => path.startsWith("node_modules/") || path.includes("/node_modules/"))
    .filter(([, entry]) => dev || !isDev(entry))
    .filter(([path, entry]) => {
      const there = found[path];
      return there ? !same(entry, there) : !mayBeMissing(entry, platform);
    })
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));

/**
 * @param {string} file
 * @returns {LockPackages | undefined} undefined when the file is absent or unreadable
 */
const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
};

/** The packaged Node's executable, which its install script links into place. @param {string} root */
export const packagedNode = (root) => join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/**
 * @param {string} root the repository
 * @param {{ dev: boolean, deploy: boolean, platform?: Platform }} options dev, deploy: whether what only tests or a deploy need is wanted
 * @returns {{ installed: boolean, missing: string[], hasDev: boolean, hasDeploy: boolean, wanted: number, workspaces: string[] }}
 *   wanted: how many packages an installation brings; workspaces: all that neither start nor tests can do without
 */
export const installState = (root, { dev, deploy, platform = currentPlatform() }) => {
  const all = readPackages(join(root, "package-lock.json"));
  if (!all) throw new Error("package-lock.json is missing or damaged: restore it with `git checkout package-lock.json`.");
  const found = readPackages(join(root, "node_modules", ".package-lock.json")) ?? {};
  const usual = withoutDeploy(all);
  const wanted = deploy ? all : usual;
  const missing = differences(wanted, found, { dev, platform });
  if (!existsSync(packagedNode(root))) missing.push("node");
  const hasDev = Object.entries(usual).some(([path, entry]) => entry.dev === true && found[path] !== undefined);
  const hasDeploy = Object.entries(all).some(([path, entry]) => entry.dev === true && !usual[path] && found[path] !== undefined);
  const count = Object.values(wanted).filter(
    (entry) => !entry.link && entry.integrity && (dev || !isDev(entry)) && fits(entry, platform),
  ).length;
  return { installed: missing.length === 0, missing, hasDev, hasDeploy, wanted: count, workspaces: workspacesWithoutDeploy(all) };
};
