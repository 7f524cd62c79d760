import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { type ProcessEntry, parseKilobytes, parsePidStat, parsePs } from "./proc.ts";

const run = promisify(execFile);

/** A file's text, or undefined where it can't be read (the process has ended, the kernel doesn't offer it). */
export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
};

/** Every process of the host, from /proc. Linux; empty elsewhere. */
export const readProcProcesses = (): ProcessEntry[] => {
  const entries: ProcessEntry[] = [];
  let names: string[] = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return entries;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const entry = parsePidStat(readText(`/proc/${name}/stat`) ?? "");
    if (entry) entries.push(entry);
  }
  return entries;
};

/** Every process of the host: /proc on Linux, `ps` elsewhere; empty if there is neither. */
export const listProcesses = async (): Promise<ProcessEntry[]> => {
  if (process.platform === "linux") return readProcProcesses();
  try {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,pgid=,rss=,time="], { maxBuffer: 16 << 20 });
    return parsePs(stdout);
  } catch {
    return [];
  }
};

/** Resident memory of a process now and at its peak, in bytes. */
export const readMemory = (entry: ProcessEntry): { memoryBytes: number; peakBytes: number } | undefined => {
  if (entry.memoryBytes !== undefined) return { memoryBytes: entry.memoryBytes, peakBytes: entry.memoryBytes };
  const fields = parseKilobytes(readText(`/proc/${entry.pid}/status`) ?? "");
  const memoryBytes = fields.get("VmRSS");
  return memoryBytes === undefined ? undefined : { memoryBytes, peakBytes: fields.get("VmHWM") ?? memoryBytes };
};

/** Finds trees in one reading of the process table. */
export class ProcessTable {
  readonly #byPid = new Map<number, ProcessEntry>();
  readonly #byParent = new Map<number, ProcessEntry[]>();
  readonly #byGroup = new Map<number, ProcessEntry[]>();

  constructor(entries: readonly ProcessEntry[]) {
    for (const entry of entries) {
      this.#byPid.set(entry.pid, entry);
      append(this.#byParent, entry.parent, entry);
      append(this.#byGroup, entry.group, entry);
    }
  }

  /** A process and every descendant of it. */
  descendants(pid: number): ProcessEntry[] {
    const root = this.#byPid.get(pid);
    return root ? this.#closure([root]) : [];
  }

  /** The members of the group `leader` leads and every descendant of them. */
  tree(leader: number): ProcessEntry[] {
    return this.#closure([...(this.#byGroup.get(leader) ?? []), ...(this.#byParent.get(leader) ?? [])]);
  }

  #closure(from: readonly ProcessEntry[]): ProcessEntry[] {
    const found = new Map<number, ProcessEntry>();
    const queue = [...from];
    for (let entry = queue.pop(); entry; entry = queue.pop()) {
      if (found.has(entry.pid)) continue;
      found.set(entry.pid, entry);
      queue.push(...(this.#byParent.get(entry.pid) ?? []));
    }
    return [...found.values()];
  }
}

const append = (map: Map<number, ProcessEntry[]>, key: number, entry: ProcessEntry): void => {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
};
