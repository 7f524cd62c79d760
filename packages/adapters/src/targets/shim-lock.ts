import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { QmoiError } from "@qmoi/core";
import { codeOf } from "./failures.ts";

const folderOf = (dataDir: string): string => join(dataDir, "shims");
const fifoOf = (dataDir: string): string => join(folderOf(dataDir), "lock");

/**
 * Proof of life of task processes, without pids: the write end of a FIFO in the data folder that each shim and each process
 * below it inherits. While one of them lives, the FIFO has a writer, and the kernel says so to whoever opens it.
 */
export class ShimLock {
  /** Inherited by shims as descriptor 4. */
  readonly fd: number;
  /** Folder for what shims need beside the lock. */
  readonly folder: string;

  private constructor(fd: number, folder: string) {
    this.fd = fd;
    this.folder = folder;
  }

  /** Opens the lock of a data folder. One server at a time: the caller holds the data folder's own lock. */
  static open(dataDir: string): ShimLock {
    const fifo = fifoOf(dataDir);
    try {
      mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
      if (!existsSync(fifo)) execFileSync("mkfifo", ["-m", "600", fifo], { stdio: "ignore" });
      // A FIFO opens for writing only while somebody reads: open both, keep one.
      const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        return new ShimLock(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK), folderOf(dataDir));
      } finally {
        closeSync(reader);
      }
    } catch (error) {
      throw new QmoiError("QMOI_STORE_READ_ONLY", `Can't make the lock of task processes: ${fifo}`, {
        path: fifo,
        cause: error,
        remedy: "Use a data folder on a local disk that this user may write and that can hold named pipes.",
      });
    }
  }

  /** Gives it up. Processes that still run keep their own hold. */
  close(): void {
    closeSync(this.fd);
  }
}

/** Whether any process holds the lock. */
const isHeld = (fifo: string): boolean => {
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = new Uint8Array(4096);
  try {
    // Bytes can only be there if a task wrote to the inherited descriptor: skip them.
    while (readSync(reader, buffer) > 0);
    return false;
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return true;
    throw error;
  } finally {
    closeSync(reader);
  }
};

const holdsOnLinux = (pid: string, fifo: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === fifo;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
};

/** Pids of processes that hold the FIFO open, without this one. Empty where it can't be found out. */
const holders = (fifo: string): number[] => {
  if (process.platform === "linux") {
    const real = realpathSync(fifo);
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    return pids.filter((pid) => holdsOnLinux(pid, real)).map(Number);
  }
  try {
    const pids = execFileSync("lsof", ["-t", fifo], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return pids
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid);
  } catch {
    return [];
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already, or another user's: the next look at the lock tells.
  }
};

/** What a look at the lock found. */
export interface ShimsGone {
  /** True: no process of an earlier server lives, and its attempts may be taken over at once. */
  readonly gone: boolean;
  /** Processes that had to be killed because they had left their group (setsid) or their watcher had been killed. */
  readonly killed: readonly number[];
}

/**
 * Proves that the task processes of an earlier server on this data folder are dead, and kills those that are not. Call it
 * under the data folder's lock and before ShimLock.open. Watchers need milliseconds; what outlives `graceMs` is killed.
 * A process that has both left its group and closed the inherited descriptor (a daemon) can't be seen.
 */
export const shimsGone = async (dataDir: string, options: { graceMs?: number; timeoutMs?: number } = {}): Promise<ShimsGone> => {
  const { graceMs = 500, timeoutMs = 10_000 } = options;
  const fifo = fifoOf(dataDir);
  const killed = new Set<number>();
  if (!existsSync(fifo)) return { gone: true, killed: [] };
  for (let waited = 0; isHeld(fifo); waited += 10) {
    if (waited >= timeoutMs) return { gone: false, killed: [...killed] };
    if (waited >= graceMs && waited % 100 === 0) {
      for (const pid of holders(fifo)) {
        killed.add(pid);
        kill(pid);
      }
    }
    await delay(10);
  }
  return { gone: true, killed: [...killed] };
};
