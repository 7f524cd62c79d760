import {
  type CgroupPaths,
  parseBytesLimit,
  parseCfs,
  parseCpuList,
  parseCpuMax,
  parseProcCgroup,
  parseStat,
  withParents,
} from "./cgroup.ts";

/** Reads a file's text; undefined if there is none. */
export type ReadText = (path: string) => string | undefined;

/** A limit that holds for this process and others in the same group, and what they all use of it now. */
export interface SharedLimit {
  readonly limit: number;
  readonly used: number;
}

export interface CgroupLimits {
  /** Bytes, a limit per level that has one. Page cache that can be dropped isn't counted as used. */
  readonly memory: readonly SharedLimit[];
  /** Processors; `used` is processor time in seconds since the group was made. */
  readonly cpu: readonly SharedLimit[];
  /** Processors that this process may run on. */
  readonly cpuset: number | undefined;
}

const ROOT = "/sys/fs/cgroup";

/** Where version 2 is mounted: alone, or beside version 1 (hybrid). */
const unifiedRoot = (read: ReadText): string | undefined =>
  [ROOT, `${ROOT}/unified`].find((root) => read(`${root}/cgroup.controllers`) !== undefined);

/** Folders of a group and its parents. In a container without its own namespace the path leads nowhere, and the root is the group. */
const folders = (root: string, path: string | undefined): string[] =>
  path === undefined ? [] : withParents(path).map((parent) => `${root}${parent === "/" ? "" : parent}`);

const memoryLimits = (read: ReadText, v2: readonly string[], v1: readonly string[]): SharedLimit[] => {
  const level = (folder: string, names: { limit: string; used: string; cache: string }): SharedLimit[] => {
    const limit = parseBytesLimit(read(`${folder}/${names.limit}`) ?? "");
    const used = parseBytesLimit(read(`${folder}/${names.used}`) ?? "");
    const cache = parseStat(read(`${folder}/memory.stat`) ?? "").get(names.cache) ?? 0;
    return limit === undefined || used === undefined ? [] : [{ limit, used: Math.max(used - cache, 0) }];
  };
  const new2 = { limit: "memory.max", used: "memory.current", cache: "inactive_file" };
  const old1 = { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" };
  return [...v2.flatMap((folder) => level(folder, new2)), ...v1.flatMap((folder) => level(folder, old1))];
};

const cpuLimits = (read: ReadText, v2: readonly string[], v1: readonly string[], accounts: readonly string[]): SharedLimit[] => {
  const found: SharedLimit[] = [];
  for (const folder of v2) {
    const limit = parseCpuMax(read(`${folder}/cpu.max`) ?? "");
    const used = parseStat(read(`${folder}/cpu.stat`) ?? "").get("usage_usec");
    if (limit !== undefined) found.push({ limit, used: (used ?? 0) / 1e6 });
  }
  for (const [i, folder] of v1.entries()) {
    const limit = parseCfs(read(`${folder}/cpu.cfs_quota_us`) ?? "", read(`${folder}/cpu.cfs_period_us`) ?? "");
    const used = Number(read(`${accounts[i]}/cpuacct.usage`) ?? 0);
    if (limit !== undefined) found.push({ limit, used: Number.isFinite(used) ? used / 1e9 : 0 });
  }
  return found;
};

const cpusetLimit = (read: ReadText, v2: readonly string[], v1: readonly string[]): number | undefined => {
  const files = [
    ...v2.map((folder) => `${folder}/cpuset.cpus.effective`),
    ...v1.flatMap((folder) => [`${folder}/cpuset.effective_cpus`, `${folder}/cpuset.cpus`]),
  ];
  for (const file of files) {
    const cpus = parseCpuList(read(file) ?? "");
    if (cpus !== undefined) return cpus;
  }
  return undefined;
};

/** The control-group limits of this process at every level, versions 1, 2 and both mounted side by side. */
export const readCgroupLimits = (read: ReadText): CgroupLimits => {
  const paths: CgroupPaths = parseProcCgroup(read("/proc/self/cgroup") ?? "");
  const root = unifiedRoot(read);
  const v2 = root === undefined ? [] : folders(root, paths.unified);
  const v1 = (name: string): string[] => folders(`${ROOT}/${name}`, paths.controllers.get(name));
  return {
    memory: memoryLimits(read, v2, v1("memory")),
    cpu: cpuLimits(read, v2, v1("cpu"), v1("cpuacct")),
    cpuset: cpusetLimit(read, v2, v1("cpuset")),
  };
};
