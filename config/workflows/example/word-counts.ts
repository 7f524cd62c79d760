// The functions of ../example.json. A task's function takes the task's payload and what it should know of its attempt, and returns JSON.
import { readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { extname, join, relative, resolve } from "node:path";

interface Context {
  readonly logger: { info(message: string, fields?: Readonly<Record<string, unknown>>): void };
}

const TEXT = new Set([".md", ".txt", ".json"]);
const MOST_FILES = 12;
const MOST_BYTES = 64 * 1024;
const PACKAGE = resolve(import.meta.dirname, "../../..");

/** Text files of a folder and the folders in it, without what is hidden, installed or large. */
export const list = async (input: { readonly folder: string }, { logger }: Context): Promise<{ folder: string; files: string[] }> => {
  const folder = input.folder === "" ? PACKAGE : resolve(input.folder);
  const files: string[] = [];
  const waiting = [folder];
  for (let next = waiting.shift(); next !== undefined && files.length < MOST_FILES; next = waiting.shift()) {
    const entries = await readdir(next, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") waiting.push(path);
      if (entry.isFile() && TEXT.has(extname(entry.name)) && (await stat(path)).size <= MOST_BYTES) files.push(path);
    }
  }
  const found = files.slice(0, MOST_FILES);
  logger.info("found text files", { folder, files: found.length });
  return { folder, files: found };
};

interface Counts {
  readonly folder: string;
  readonly files: readonly string[];
  /** One number for each file, in the same order. */
  readonly words: readonly number[];
  readonly report: string;
}

/** Writes the counts into a file, largest first. */
export const report = async (input: Counts, { logger }: Context): Promise<{ report: string; files: number; words: number }> => {
  const counts = input.files.map((file, index) => ({ file: relative(input.folder, file), words: input.words[index] ?? 0 }));
  counts.sort((a, b) => b.words - a.words || (a.file < b.file ? -1 : 1));
  const words = counts.reduce((sum, count) => sum + count.words, 0);
  const path = input.report === "" ? join(tmpdir(), `qmoi-example-${userInfo().uid}.md`) : resolve(input.report);
  const rows = counts.map(({ file, words }) => `| ${file} | ${words} |`);
  const lines = [`# Words in ${input.folder}`, "", "| file | words |", "| --- | ---: |", ...rows, `| **all** | **${words}** |`, ""];
  await writeFile(path, lines.join("\n"));
  logger.info("wrote the report", { path, files: counts.length, words });
  return { report: path, files: counts.length, words };
};
