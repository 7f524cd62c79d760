/** Parsers of Linux control-group files, versions 1 and 2. They never throw: what can't be read is undefined. */

/** Version 1 says "no limit" by a number near 2^63; nothing real is this large. */
const UNLIMITED = 2 ** 60;

const natural = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** Where a process stands in the hierarchies: /proc/self/cgroup. */
export interface CgroupPaths {
  /** Path in the unified hierarchy of version 2. */
  readonly unified?: string;
  /** Path per controller of version 1. */
  readonly controllers: ReadonlyMap<string, string>;
}

/** Lines `id:controllers:path`; without controllers it is version 2. Paths may hold colons. */
export const parseProcCgroup = (text: string): CgroupPaths => {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  for (const line of text.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    const [, names, path] = match as unknown as [string, string, string];
    if (names === "") unified = path;
    else for (const name of names.split(",")) controllers.set(name, path);
  }
  return { controllers, ...(unified === undefined ? {} : { unified }) };
};

/** A path and its parents up to `/`, innermost first. `..`, as seen from outside a namespace, leads nowhere: only `/` is left. */
export const withParents = (path: string): string[] => {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.includes("..")) return ["/"];
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join("/")}`).concat("/");
};

/** memory.max, memory.limit_in_bytes: bytes; undefined for no limit. */
export const parseBytesLimit = (text: string): number | undefined => {
  const bytes = natural(text.trim());
  return bytes === undefined || bytes >= UNLIMITED ? undefined : bytes;
};

/** cpu.max (`quota period`) in processors; undefined for `max`. */
export const parseCpuMax = (text: string): number | undefined => {
  const [quota = "", period = ""] = text.trim().split(/\s+/);
  return ratio(natural(quota), natural(period));
};

/** cpu.cfs_quota_us and cpu.cfs_period_us in processors; undefined for quota -1. */
export const parseCfs = (quota: string, period: string): number | undefined => ratio(natural(quota.trim()), natural(period.trim()));

const ratio = (quota: number | undefined, period: number | undefined): number | undefined => (quota && period ? quota / period : undefined);

/** cpuset.cpus (`0-3,7`): how many; undefined if empty or no list. */
export const parseCpuList = (text: string): number | undefined => {
  let count = 0;
  for (const part of text.trim().split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (to < from) return undefined;
    count += to - from + 1;
  }
  return count;
};

/** Lines `key value` (memory.stat, cpu.stat). */
export const parseStat = (text: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^(\w+) (\d+)$/.exec(line);
    if (match) found.set(match[1] as string, Number(match[2]));
  }
  return found;
};
