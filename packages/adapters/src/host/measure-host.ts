import { statfs } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { parseCpuList } from "./cgroup.ts";
import { type CgroupLimits, readCgroupLimits, type SharedLimit } from "./cgroup-limits.ts";
import { type ProcessEntry, parseCpuTimes, parseKilobytes } from "./proc.ts";
import { listProcesses, ProcessTable, readMemory, readText } from "./processes.ts";

/** What this process and its children could use at most. */
export interface HostCapacity {
  /** Processors; a fraction where a control group sets a quota. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Size of the file system measured. */
  readonly diskBytes: number;
}

/** Counters at one moment. Rates are differences of two readings. */
export interface HostReading {
  readonly capacity: HostCapacity;
  /** Processors of the machine, whoever may use them. */
  readonly machineCpus: number;
  /** Milliseconds on a clock that never goes back. */
  readonly at: number;
  /** Seconds that all processors together have been busy. */
  readonly busySeconds: number;
  /** Bytes that could be had without swapping. */
  readonly memoryAvailableBytes: number;
  /** Bytes that this user may still write. */
  readonly diskFreeBytes: number;
  readonly limits: CgroupLimits;
  /** Of this process and all its descendants: seconds so far, bytes now. */
  readonly own: { readonly cpuSeconds: number; readonly memoryBytes: number };
}

const NO_LIMITS: CgroupLimits = { memory: [], cpu: [], cpuset: undefined };

const smallest = (first: number, limits: readonly SharedLimit[]): number => Math.min(first, ...limits.map(({ limit }) => limit));

/** Elsewhere than on Linux, and should /proc not be there. */
const osCpuTimes = (): { busySeconds: number } => {
  const ms = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { busySeconds: ms / 1000 };
};

/** Processors the scheduler may give this process. Not availableParallelism on Linux: that rounds a quota of 1.5 to 1. */
const allowedCpus = (): number => {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readText("/proc/self/status") ?? "")?.[1];
  return parseCpuList(list ?? "") ?? availableParallelism();
};

const sumTree = (entries: readonly ProcessEntry[], root: number): { cpuSeconds: number; memoryBytes: number } => {
  const tree = new ProcessTable(entries).descendants(root);
  const cpuSeconds = tree.reduce((sum, entry) => sum + entry.cpuSeconds, 0);
  return { cpuSeconds, memoryBytes: tree.reduce((sum, entry) => sum + (readMemory(entry)?.memoryBytes ?? 0), 0) };
};

/** Reads the host: /proc and control groups on Linux, the os module and `ps` elsewhere. `folder` is one on the disk to measure. */
export const measureHost = async (folder: string): Promise<HostReading> => {
  const linux = process.platform === "linux";
  const [entries, disk] = await Promise.all([listProcesses(), statfs(folder)]);
  const limits = linux ? readCgroupLimits(readText) : NO_LIMITS;
  const memory = linux ? parseKilobytes(readText("/proc/meminfo") ?? "") : new Map<string, number>();
  const times = (linux ? parseCpuTimes(readText("/proc/stat") ?? "") : undefined) ?? osCpuTimes();
  const machineCpus = cpus().length || availableParallelism();
  return {
    capacity: {
      cpus: smallest(Math.min(allowedCpus(), limits.cpuset ?? Number.POSITIVE_INFINITY), limits.cpu),
      memoryBytes: smallest(memory.get("MemTotal") ?? totalmem(), limits.memory),
      diskBytes: disk.blocks * disk.bsize,
    },
    machineCpus,
    at: performance.now(),
    busySeconds: times.busySeconds,
    memoryAvailableBytes: memory.get("MemAvailable") ?? freemem(),
    diskFreeBytes: disk.bavail * disk.bsize,
    limits,
    own: sumTree(entries, process.pid),
  };
};
