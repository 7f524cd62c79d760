import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@qmoi/client";
import { readMasterKey } from "@qmoi/local";
import { builtLauncher } from "./built-package.ts";

const CONFIG = fileURLToPath(new URL("../../config", import.meta.url));

export interface UpOptions {
  /** Data folder, as the server sees it. */
  readonly data: string;
  /** The same folder as this process sees it. */
  readonly seenAs?: string;
  /** Command that the server is started by. */
  readonly prefix?: readonly string[];
}

/** What a command line said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line of `qmoi` in a process of its own. */
export class Qmoi {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], prefix: readonly string[] = []) {
    const [command = "", ...rest] = [...prefix, process.execPath, builtLauncher(), ...args];
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" };
    this.child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, "close").then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** `qmoi up` that answers. */
export class Up extends Qmoi {
  client: Client = createClient({ url: "http://127.0.0.1:1" });
  url = "";
  pid = 0;

  /** Rejects with what it said if it ends first. */
  static async start({ data, seenAs = data, prefix = [] }: UpOptions): Promise<Up> {
    const up = new Up(["up", "--data", data, "--port", "0", "--config", CONFIG, "--json"], prefix);
    const lines = createInterface({ input: up.child.stdout as NodeJS.ReadableStream });
    const first = once(lines, "line") as Promise<[string]>;
    const [line] = await Promise.race([
      first,
      up.ended.then(({ code, stderr }) => Promise.reject(new Error(`the server ended with ${code}: ${stderr}`))),
    ]);
    const { url, pid } = JSON.parse(line) as { url: string; pid: number };
    up.url = url;
    up.pid = pid;
    up.client = createClient({ url, key: readMasterKey(join(seenAs)) ?? "" });
    return up;
  }

  /** Asks it to end, and resolves once it has. */
  async stop(): Promise<Ended> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}
