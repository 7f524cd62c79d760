import type { ResourceUse } from "@qmoi/core";
import { listProcesses, ProcessTable, readMemory } from "../host/processes.ts";

/** Soon enough to see a short task at all. */
const FIRST_MS = 25;
const SHORTEST_MS = 100;
const LONGEST_MS = 2000;
/** A pause of so many times what a reading took keeps sampling under about 2 percent of a core. */
const PAUSE_PER_COST = 50;

interface Watched {
  readonly root: number;
  readonly onMemory: ((bytes: number) => void) | undefined;
  cpuSeconds: number;
  peakBytes: number;
  seen: boolean;
}

/** What is known of one process tree so far. */
export interface TreeWatch {
  /** Empty until the first sample. Memory is the largest sum of resident sets seen, or one process's own peak if larger. */
  use(): ResourceUse;
  stop(): void;
}

/** Samples the memory and processor time of the process trees of running tasks, all in one reading of the process table. */
export class TreeSampler {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches the tree of a group's leader. The leader is the shim: its own memory isn't counted. */
  watch(root: number, onMemory?: (bytes: number) => void): TreeWatch {
    const watched: Watched = { root, onMemory, cpuSeconds: 0, peakBytes: 0, seen: false };
    this.#watched.add(watched);
    this.#timer ??= this.#schedule(FIRST_MS);
    return {
      use: () => (watched.seen ? { cpuSeconds: watched.cpuSeconds, peakMemoryBytes: watched.peakBytes } : {}),
      stop: () => {
        this.#watched.delete(watched);
        if (this.#watched.size > 0) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #schedule(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#sample(), ms).unref();
  }

  async #sample(): Promise<void> {
    const from = performance.now();
    const table = new ProcessTable(await listProcesses());
    for (const watched of this.#watched) measure(watched, table);
    const cost = performance.now() - from;
    if (this.#watched.size === 0) return;
    this.#timer = this.#schedule(Math.min(Math.max(cost * PAUSE_PER_COST, SHORTEST_MS), LONGEST_MS));
  }
}

const measure = (watched: Watched, table: ProcessTable): void => {
  const tree = table.tree(watched.root);
  let memoryBytes = 0;
  let cpuSeconds = 0;
  for (const entry of tree) {
    cpuSeconds += entry.cpuSeconds;
    const memory = entry.pid === watched.root ? undefined : readMemory(entry);
    if (!memory) continue;
    watched.seen = true;
    memoryBytes += memory.memoryBytes;
    watched.peakBytes = Math.max(watched.peakBytes, memory.peakBytes, memoryBytes);
  }
  watched.cpuSeconds = Math.max(watched.cpuSeconds, cpuSeconds);
  if (memoryBytes > 0) watched.onMemory?.(memoryBytes);
};
