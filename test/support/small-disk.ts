import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const run = (command: string, args: readonly string[]): void => {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
};

/** Why no disk can be mounted here; undefined where it can. Root of an own user namespace is enough. */
const whyMissing = (): string | undefined => {
  const script = 'mount -t tmpfs -o size=1m tmpfs "$0" && mount -o remount,ro "$0"';
  const { status } = spawnSync("unshare", ["-rm", "sh", "-c", script, tmpdir()], { stdio: "ignore" });
  return status === 0 ? undefined : "no file system can be mounted here (unshare -rm)";
};
export const missingSmallDisk: string | undefined = whyMissing();

/** A real file system of a few megabytes, in a mount namespace of its own: it is gone once nobody uses it any more. */
export class SmallDisk {
  /** The folder as the processes in the namespace see it. */
  readonly folder: string;
  /** The same folder for everybody else. */
  readonly outside: string;
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder;
    this.folder = folder;
    this.outside = `/proc/${holder.pid}/root${folder}`;
  }

  static async open(bytes: number): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), "qmoi-disk-"));
    // `cat` ends with the pipe, and so with this process, however that ends.
    const script = 'mount -t tmpfs -o size="$1" tmpfs "$0" && echo mounted && exec cat';
    const holder = spawn("unshare", ["-rm", "sh", "-c", script, folder, String(bytes)], { stdio: ["pipe", "pipe", "inherit"] });
    await Promise.race([
      once(holder.stdout as NodeJS.ReadableStream, "data"),
      once(holder, "exit").then(([code]) => Promise.reject(new Error(`no disk was mounted: exit ${code}`))),
    ]);
    return new SmallDisk(holder, folder);
  }

  /** What to put before a command so that it sees the disk. */
  get prefix(): readonly string[] {
    return ["nsenter", "-t", String(this.#holder.pid), "-U", "-m", "--preserve-credentials", "--"];
  }

  /** Takes all space that is left. */
  fill(): void {
    mkdirSync(join(this.outside, "filler"), { recursive: true });
    for (const size of [64 * 1024, 4096, 1])
      try {
        for (;;) appendFileSync(join(this.outside, "filler", String(size)), Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
  }

  free(): void {
    rmSync(join(this.outside, "filler"), { recursive: true });
  }

  /** Nobody may have a file open for writing. */
  makeReadOnly(): void {
    const [command = "", ...args] = this.prefix;
    run(command, [...args, "mount", "-o", "remount,ro", this.folder]);
  }

  async close(): Promise<void> {
    const gone = once(this.#holder, "exit");
    this.#holder.kill("SIGKILL");
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
