import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@qmoi/client";
import { readMasterKey } from "@qmoi/local";

/** A real server in a process of its own. */
export class Served {
  readonly child: ChildProcess;
  readonly client: Client;

  private constructor(child: ChildProcess, client: Client) {
    this.child = child;
    this.client = client;
  }

  static async start(dataDir: string): Promise<Served> {
    const script = fileURLToPath(new URL("./serve.ts", import.meta.url));
    const child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [url] = (await Promise.race([once(lines, "line"), once(child, "exit").then(([code]) => [`exit ${code}`])])) as [string];
    if (!url.startsWith("http")) throw new Error(`the server did not start: ${url}`);
    return new Served(child, createClient({ url, key: readMasterKey(dataDir) ?? "" }));
  }

  /** Ends it as a crash would; resolves once it's gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await gone;
  }
}
