import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../testing/run-cli.ts";
import { readCsv } from "./csv-file.ts";
import { type EvaluateJob, evaluateJob } from "./evaluate-job.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const executions = join(folder, "executions");
mkdirSync(executions);
writeFileSync(join(executions, "odd.json"), '{"name": "odd"}');

let files = 0;
const file = (content: string | Uint8Array): string => {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return path;
};

/** Two kinds of work, the second ten times as long, each growing with its size. */
const jobs = file(
  `task,size,started,seconds\n${Array.from({ length: 200 }, (_, i) => {
    const size = 1000 * (1 + ((i * 37) % 50));
    return `${i % 2 ? "load" : "check"},${size},2026-01-01T00:${String(Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}Z,${((i % 2 ? 10 : 1) * size * (1 + ((i * 7) % 5) / 20)) / 1000}`;
  }).join("\n")}\n`,
);
const evaluate = (...args: string[]) => runCli(["forecast", "evaluate", ...args]);

describe("forecast evaluate", () => {
  it("prints forecasts beside the baselines, as a table and as JSON", async () => {
    const args = ["--csv", jobs, "--target", "seconds", "--group", "task", "--size", "size", "--time", "started"];
    const shown = await evaluate(...args);
    expect([shown.code, shown.err]).toEqual([0, ""]);
    expect(shown.out).toMatch(/^50 rows forecast: the last 25% by started\n[\s\S]*\nQMOI .*%[\s\S]*\nmean [\s\S]*\nlinear /);
    const { out } = await evaluate(...args, "--json");
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({ rows: 50, baselines: { mean: {}, median: {}, last20: {}, linear: {} } });
    for (const metric of ["r2log", "mdape", "within2x", "pinball90", "coverage90", "width90"])
      for (const row of [answer.ours, ...Object.values(answer.baselines)]) expect(row[metric], metric).toEqual(expect.any(Number));
    expect(answer.ours.pinball90).toBeLessThan(answer.baselines.mean.pinball90 / 2);
  });

  it.each<[string, string[], string]>([
    ["neither table nor folder", [], "QMOI_USAGE"],
    ["no target", ["--csv", jobs], "QMOI_USAGE"],
    ["both", ["--csv", jobs, "--wfformat", folder], "QMOI_USAGE"],
    ["an odd split", ["--csv", jobs, "--target", "seconds", "--split", "half"], "QMOI_USAGE"],
    ["a split by the target", ["--csv", jobs, "--target", "seconds", "--split", "column:seconds"], "QMOI_EVALUATION_LEAK"],
  ])("says what is wrong with %s", async (_, args, code) => {
    const { code: exit, out, err } = await evaluate(...args, "--json");
    expect([exit, out, JSON.parse(err).code]).toEqual([2, "", code]);
    expect(JSON.parse(err).remedy).toMatch(/\w/);
  });
});

describe("evaluateJob", () => {
  it.each<[string, EvaluateJob, string]>([
    ["no such file", { csv: join(folder, "none.csv"), options: { target: "seconds" } }, "QMOI_USAGE"],
    ["a folder", { csv: folder, options: { target: "seconds" } }, "QMOI_USAGE"],
    ["no such column", { csv: jobs, options: { target: "minutes" } }, "QMOI_INVALID_INPUT"],
    ["a target of words", { csv: jobs, options: { target: "task" } }, "QMOI_INVALID_INPUT"],
    ["a random split of groups", { csv: jobs, options: { target: "seconds", group: "task", split: "random" } }, "QMOI_EVALUATION_LEAK"],
    ["an empty file", { csv: file(""), options: { target: "a" } }, "QMOI_INVALID_CSV"],
    ["only a heading", { csv: file("a,b\n"), options: { target: "a" } }, "QMOI_INVALID_CSV"],
    ["no text", { csv: file(Uint8Array.of(80, 75, 3, 4, 0, 0, 0, 0, 10, 0)), options: { target: "a" } }, "QMOI_INVALID_CSV"],
    ["a quote without an end", { csv: file('a,b\n1,"2\n3,4\n'), options: { target: "a" } }, "QMOI_INVALID_CSV"],
    ["rows of another length", { csv: file("a,b\n1\n2\n3\n"), options: { target: "a" } }, "QMOI_INVALID_CSV"],
    ["too few rows", { csv: file("a,b\n1,2\n3,4\n"), options: { target: "a" } }, "QMOI_INVALID_INPUT"],
    ["a folder without executions", { wfformat: folder, seed: 1, quantity: "runtime" }, "QMOI_USAGE"],
    ["an execution that is none", { wfformat: executions, seed: 1, quantity: "runtime" }, "QMOI_INVALID_WFFORMAT"],
  ])("says what is wrong with %s", async (_, job, code) => {
    await expect(evaluateJob(job)).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\w/) });
  });
});

describe("readCsv", () => {
  const rowsOf = async (content: string | Uint8Array) => (await readCsv(file(content))).rows;

  it("reads quotes, line ends, separators and marks as they come", async () => {
    expect(await rowsOf('\ufeffa,"b, c"\r\n"x ""y"" \r\nz",1\r\n')).toEqual([{ a: 'x "y" \r\nz', "b, c": "1" }]);
    expect(await rowsOf("a;b\n1,5;two, three\n")).toEqual([{ a: "1.5", b: "two, three" }]);
    expect(await rowsOf('a\tb\n5" disk\t2\n')).toEqual([{ a: '5" disk', b: "2" }]);
    expect(await rowsOf(Buffer.from("\ufeffa,b\n1,é\n", "utf16le"))).toEqual([{ a: "1", b: "é" }]);
  });

  it("reads many rows without a warning, and tells how many it has read", async () => {
    const warned = vi.spyOn(process, "emitWarning");
    const told: number[] = [];
    const { rows } = await readCsv(file(`a,b\n${"some text that takes its place,1\n".repeat(60_000)}`), (count) => told.push(count));
    expect(rows).toHaveLength(60_000);
    expect(told).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it("tells headings apart and takes missing cells as unknown", async () => {
    const { rows, notes } = await readCsv(file("a,a,\n1,2,3\n4,5,6\n7\n8,9,10,11\n1,1,1\n"));
    expect(rows.slice(0, 3)).toEqual([
      { a: "1", "a (2)": "2", "column 3": "3" },
      { a: "4", "a (2)": "5", "column 3": "6" },
      { a: "7", "a (2)": undefined, "column 3": undefined },
    ]);
    expect(notes).toEqual([expect.stringContaining("2 rows had more or fewer cells")]);
  });
});
