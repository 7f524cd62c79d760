import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Client, RunDetail } from "@qmoi/client";
import { QmoiError } from "@qmoi/core";
import { sh } from "./laptop.ts";
import { SmallDisk } from "./small-disk.ts";
import { type Ended, Qmoi, Up, type UpOptions } from "./up.ts";

/** A folder for one test, servers and commands on the data folder in it, and a journal of what their tasks did. */
export class FaultsLab {
  folder = "";
  data = "";
  /** What `openOnDisk` has opened. */
  disk: SmallDisk | undefined;
  readonly #commands = new Set<Qmoi>();

  /** Begins with a new folder, in which there is no data folder yet. */
  open(): void {
    this.folder = mkdtempSync(join(tmpdir(), "qmoi-faults-"));
    this.data = join(this.folder, "data");
  }

  /** The same, and a small disk for the data folder. Resolves with where servers and commands find it. */
  async openOnDisk(): Promise<UpOptions & { readonly seenAs: string }> {
    this.open();
    this.disk = await SmallDisk.open(24 * 1024 * 1024);
    const { folder, outside, prefix } = this.disk;
    return { data: join(folder, "data"), seenAs: join(outside, "data"), prefix };
  }

  async close(): Promise<void> {
    for (const command of this.#commands) await command.kill();
    this.#commands.clear();
    rmSync(this.folder, { recursive: true, force: true });
    await this.disk?.close();
    this.disk = undefined;
  }

  async start(options: Partial<UpOptions> = {}): Promise<Up> {
    const up = await Up.start({ data: this.data, ...options });
    this.#commands.add(up);
    return up;
  }

  /** A command that is to end by itself, with its error as programs read it. */
  async ended(args: readonly string[], prefix?: readonly string[]): Promise<Ended & { error: Record<string, unknown> }> {
    const command = new Qmoi([...args, "--json"], prefix);
    this.#commands.add(command);
    const end = await command.ended;
    const last = end.stderr.trim().split("\n").at(-1) ?? "";
    return { ...end, error: last.startsWith("{") ? (JSON.parse(last) as Record<string, unknown>) : { text: end.stderr } };
  }

  /** A target that appends to the journal when it begins and when it ends. The journal never lies on a small disk or in the data folder. */
  journaled(seconds: number): ReturnType<typeof sh> {
    return sh('echo "begin $QMOI_RUN $QMOI_TASK" >> "$J" && sleep "$S" && echo "end $QMOI_RUN $QMOI_TASK" >> "$J"', {
      env: { J: join(this.folder, "journal"), S: String(seconds) },
      output: "none",
    });
  }

  /** Lines of the journal that begin so. */
  lines(start: string): string[] {
    const path = join(this.folder, "journal");
    return (existsSync(path) ? readFileSync(path, "utf8") : "").split("\n").filter((line) => line.startsWith(start));
  }

  /** Two tasks, one after the other. */
  chain(seconds: number) {
    return {
      name: "chain",
      tasks: [
        { name: "a", target: this.journaled(seconds) },
        { name: "b", needs: ["a"], target: this.journaled(0) },
      ],
    };
  }

  /** What SQLite says of a store. Of a copy: it would follow the way to another namespace's disk as a link, to a file of this one. */
  integrity(dataDir: string = this.data): unknown {
    const copy = join(this.folder, "copy.db");
    copyFileSync(join(dataDir, "qmoi.db"), copy);
    const db = new DatabaseSync(copy);
    const found = db.prepare("PRAGMA integrity_check").get();
    db.close();
    return found;
  }
}

export const SOUND = { integrity_check: "ok" };

export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await delay(30);
};

export const endOf = async (client: Client, run: string): Promise<RunDetail> => {
  for (;;) {
    const detail = await client.run(run);
    if (detail.endedAt) return detail;
    await delay(30);
  }
};

export const codeOf = (error: unknown): string => (error instanceof QmoiError ? error.code : String(error));
