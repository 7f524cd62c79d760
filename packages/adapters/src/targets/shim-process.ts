import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Fifo, FifoPool } from "./fifo-pool.ts";
import { parseReport, SHIM, type ShimReport } from "./shim.ts";

/** How long output is read on after the group is dead, in case a process outside the group still holds the pipe. */
const DRAIN_MS = 1000;

export interface ShimSpec {
  /** Path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: string | undefined;
  /** Path of a POSIX shell. */
  readonly shell: string;
  readonly pipes: FifoPool;
  /** Folder for what is passed as a file. */
  readonly folder: string;
  /** Descriptor of the ShimLock. */
  readonly lock?: number | undefined;
  readonly output: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
}

/** A file with `text`, open for reading and without a name: unlike a socket it can be opened again as /dev/stdin. */
const openText = (folder: string, text: string): number => {
  const path = join(folder, randomUUID());
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  try {
    return openSync(path, "r");
  } finally {
    unlinkSync(path);
  }
};

const readAll = async (socket: Socket): Promise<string> => {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // An error is the other end's death, and "close" follows it.
  socket.on("error", () => undefined);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
};

/** Reads the streams to their end, but not for ever. */
const drained = async (streams: readonly Socket[]): Promise<void> => {
  const timer = new AbortController();
  // An error of a pipe is its end.
  const ended = Promise.all(streams.map((stream) => finished(stream, { writable: false }).catch(() => undefined)));
  await Promise.race([ended, delay(DRAIN_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
};

const release = (pipes: FifoPool, fifo: Fifo, stream: Socket): void => {
  if (stream.readableEnded) pipes.give(fifo.name);
  else pipes.discard(fifo.name);
  stream.destroy();
};

/** A command in a process group of its own, under the shim. */
export class ShimProcess {
  /** Resolves when the whole group is dead, with the shim's report if it came to one; rejects if the shell can't start. */
  readonly ended: Promise<ShimReport | undefined>;
  readonly #child: ChildProcess;

  /** Starts it before returning. Throws what the operating system refuses (too many files, arguments too long). */
  constructor(spec: ShimSpec) {
    const fifos: Fifo[] = [];
    const childs: number[] = [];
    const pipe = (): number => {
      const fifo = spec.pipes.take();
      fifos.push(fifo);
      childs.push(fifo.write);
      return fifo.write;
    };
    try {
      const stdio: StdioOptions = ["ignore", pipe(), pipe(), "pipe"];
      if (spec.lock !== undefined) stdio.push(spec.lock);
      if (spec.stdin !== undefined) {
        const stdin = openText(spec.folder, spec.stdin);
        childs.push(stdin);
        stdio[0] = stdin;
      }
      const args = ["-c", SHIM, "qmoi-shim", spec.file, ...spec.args];
      this.#child = spawn(spec.shell, args, { cwd: spec.cwd, env: spec.env, detached: true, stdio });
    } catch (error) {
      for (const fifo of fifos) {
        closeSync(fifo.read);
        spec.pipes.discard(fifo.name);
      }
      throw error;
    } finally {
      // The child has its own copies; these would keep the pipes from ever ending.
      for (const fd of childs) closeSync(fd);
    }
    const [out, err] = fifos.map((fifo) => new Socket({ fd: fifo.read, readable: true, writable: false })) as [Socket, Socket];
    out.on("data", (chunk: Buffer) => spec.output("stdout", chunk));
    err.on("data", (chunk: Buffer) => spec.output("stderr", chunk));
    this.ended = this.#end(this.#child.stdio[3] as Socket, [out, err]).finally(() => {
      for (const [i, stream] of [out, err].entries()) release(spec.pipes, fifos[i] as Fifo, stream);
    });
  }

  /** The group's id; undefined if the shell could not start. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Signals the group, as long as its leader has not been reaped: until then its id can't be another's. */
  kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is dead and its leader about to be reaped.
    }
  }

  async #end(lifeline: Socket, streams: readonly Socket[]): Promise<ShimReport | undefined> {
    const report = readAll(lifeline);
    try {
      await once(this.#child, "exit");
    } finally {
      // If the leader alone was killed, this makes the watcher kill the rest of the group.
      lifeline.end();
      await report;
      await drained(streams);
    }
    return parseReport(await report);
  }
}
