import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskLogs } from "@qmoi/core";
import { afterAll, describe, expect, it } from "vitest";
import { MemoryBlobStore } from "../blob/memory-blob-store.ts";
import { BlobTaskLogs } from "./blob-task-logs.ts";
import { FolderTaskLogs } from "./folder-task-logs.ts";
import { MemoryTaskLogs } from "./memory-task-logs.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-logs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = async (logs: TaskLogs, key: string, limit: number): Promise<string[]> => {
  const texts: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await logs.read(key, { limit, ...(after === undefined ? {} : { after }) });
    texts.push(...page.items.map((chunk) => chunk.text));
    if (page.next === undefined) return texts;
    after = page.next;
  }
};

describe.each([
  ["FolderTaskLogs", () => new FolderTaskLogs(join(folder, "a"))],
  ["MemoryTaskLogs", () => new MemoryTaskLogs()],
  ["BlobTaskLogs", () => new BlobTaskLogs(new MemoryBlobStore())],
])("%s", (_, create) => {
  it("gives back what was appended, in order, in pages", async () => {
    const logs = create();
    const texts = Array.from({ length: 50 }, (_, n) => `line ${n} – ü\n${"x".repeat(n * 100)}`);
    for (const [n, text] of texts.entries()) {
      logs.append("r1/3/1", { stream: n % 2 ? "stdout" : "stderr", at: n, text });
      if (n % 7 === 0) await logs.flush("r1/3/1");
    }
    await logs.flush("r1/3/1");
    expect(await all(logs, "r1/3/1", 7)).toEqual(texts);
    expect(await all(logs, "r1/3/2", 7)).toEqual([]);
  });

  it("forgets a run", async () => {
    const logs = create();
    logs.append("r2/0/1", { stream: "log", at: 1, text: "gone" });
    logs.append("r3/0/1", { stream: "log", at: 1, text: "kept" });
    await Promise.all([logs.flush("r2/0/1"), logs.flush("r3/0/1")]);
    await logs.deleteRun("r2");
    expect(await all(logs, "r2/0/1", 9)).toEqual([]);
    expect(await all(logs, "r3/0/1", 9)).toEqual(["kept"]);
  });
});

describe("FolderTaskLogs", () => {
  it("reads lines longer than its buffer, and leaves out what a crash cut off", async () => {
    const logs = new FolderTaskLogs(join(folder, "b"));
    const long = "y".repeat(600_000);
    logs.append("r/1/1", { stream: "stdout", at: 1, text: long });
    await logs.flush("r/1/1");
    appendFileSync(join(folder, "b", "r", "1-1.jsonl"), '[2,"stdout","cut');
    expect(await all(logs, "r/1/1", 9)).toEqual([long]);
  });
});
