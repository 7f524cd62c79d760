import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface TaskRecord {
  name: string;
  state: string;
  needs: string[];
  attempt: number;
  pool: string;
  slots: number;
  startSeq: number | null;
  endSeq: number | null;
}

const judge = fileURLToPath(new URL("./judge.mjs", import.meta.url));
const wait = { type: "wait", seconds: 1 };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-judge-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** a → b, c (two slots) → d (when c failed) and e (always, in the pool `big`); own pool `default` of 3 slots. */
const workflow = {
  name: "w",
  pools: { default: { slots: 3 } },
  tasks: [
    { name: "a", target: wait },
    { name: "b", needs: ["a"], target: wait },
    { name: "c", needs: ["a"], target: wait, resources: { slots: 2 } },
    { name: "d", needs: [{ task: "c", on: "failure" }], target: wait },
    { name: "e", needs: ["b", { task: "c", on: "always" }], target: wait, resources: { pool: "big", slots: 4 } },
  ],
};

const record = (
  name: string,
  state: string,
  needs: string[],
  startSeq: number | null,
  endSeq: number | null,
  extra: Partial<TaskRecord> = {},
): TaskRecord => ({
  name,
  state,
  needs,
  attempt: 1,
  pool: "w/default",
  slots: 1,
  startSeq,
  endSeq,
  ...extra,
});

const good = (): TaskRecord[] => [
  record("a", "succeeded", [], 1, 2),
  record("b", "succeeded", ["a"], 3, 6),
  record("c", "failed", ["a"], 4, 7, { slots: 2 }),
  record("d", "succeeded", ["c"], 8, 9),
  record("e", "succeeded", ["b", "c"], 8, 10, { pool: "big", slots: 4 }),
];

const run = (
  records: unknown,
  args: readonly string[] = ["--slots", "big=4"],
  document: unknown = workflow,
): { status: number | null; text: string } => {
  const file = join(folder, "workflow.json");
  writeFileSync(file, JSON.stringify(document));
  const { status, stdout, stderr } = spawnSync(process.execPath, [judge, "--workflow", file, ...args], {
    input: JSON.stringify(records),
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
};

describe("a record that holds", () => {
  it("is accepted", () => {
    expect(run(good())).toEqual({ status: 0, text: "5 tasks kept to their needs and pools\n" });
  });

  it("is read from a file too", () => {
    const file = join(folder, "tasks.json");
    writeFileSync(file, JSON.stringify(good()));
    expect(run(undefined, ["--slots", "big=4", "--tasks", file]).status).toBe(0);
  });

  it("may have tasks that never started after what was skipped or failed", () => {
    const records = good();
    records[2] = record("c", "skipped", ["a"], null, null, { slots: 2 });
    records[3] = record("d", "skipped", ["c"], null, null);
    expect(run(records).status).toBe(0);
  });

  it("gives slots back at the end: another may start at the same number", () => {
    const records = good();
    records[1] = record("b", "succeeded", ["a"], 7, 8);
    records[4] = record("e", "succeeded", ["b", "c"], 9, 10, { pool: "big", slots: 4 });
    const two = { ...workflow, pools: { default: { slots: 2 } } };
    expect(run(records, undefined, two)).toEqual({ status: 0, text: "5 tasks kept to their needs and pools\n" });
  });

  it("may have instances of a forEach, of which all come before what needs it", () => {
    const document = {
      name: "w",
      tasks: [
        { name: "f", forEach: { list: "[1, 2]" }, target: wait },
        { name: "g", needs: ["f"], target: wait },
      ],
    };
    const pool = { pool: "default" };
    const records = [
      record("f", "succeeded", [], 1, 7, pool),
      record("f[0]", "succeeded", [], 1, 3, pool),
      record("f[1]", "succeeded", [], 2, 6, pool),
      record("g", "succeeded", ["f"], 8, 9, pool),
    ];
    expect(run(records, ["--slots", "2"], document).status).toBe(0);
    expect(run(records, ["--slots", "1"], document).text).toContain('"f[1]" started');
    records[3] = record("g", "succeeded", ["f"], 6, 9, pool);
    expect(run(records, ["--slots", "2"], document).text).toContain('need "f" had ended at 7');
    records[0] = record("f", "succeeded", [], null, 5, pool);
    expect(run(records, ["--slots", "2"], document).text).toContain('need "f[1]" had ended at 6');
  });
});

describe("a record that doesn't hold", () => {
  const change =
    (name: string, changes: Partial<TaskRecord>) =>
    (records: TaskRecord[]): TaskRecord[] =>
      records.map((one) => (one.name === name ? { ...one, ...changes } : one));

  it.each<[string, (records: TaskRecord[]) => unknown, string]>([
    [
      "a task that started before its need had ended",
      change("b", { startSeq: 1 }),
      '"b" started at 1, not after its need "a" had ended at 2',
    ],
    [
      "a task that started with the end of its need",
      change("b", { startSeq: 2 }),
      '"b" started at 2, not after its need "a" had ended at 2',
    ],
    ["a task that started before the second of its needs had ended", change("e", { startSeq: 7 }), 'not after its need "c" had ended at 7'],
    ["a task whose need failed", change("a", { state: "failed" }), 'its need "a" (on success) failed'],
    ["a task whose need did not fail", change("c", { state: "succeeded" }), 'its need "c" (on failure) succeeded'],
    [
      "a task whose need was cancelled",
      change("a", { state: "cancelled", startSeq: null, endSeq: null }),
      'its need "a" (on success) cancelled',
    ],
    ["a task whose need was skipped", change("a", { state: "skipped", startSeq: null, endSeq: null }), 'its need "a" (on success) skipped'],
    ["a failure without an end", change("c", { endSeq: null }), '"c" failed without an endSeq'],
    ["a task that is running", change("d", { state: "running", endSeq: null }), '"d" has not ended: it is running'],
    ["an end without a number", change("d", { endSeq: null }), '"d" succeeded without an endSeq'],
    ["a success without a start", change("d", { startSeq: null }), '"d" succeeded without a startSeq'],
    ["an end before the start", change("d", { endSeq: 7 }), '"d" ended at 7, not after its start at 8'],
    ["a number that isn't whole", change("d", { startSeq: 8.5 }), "not a whole number"],
    ["other slots than the workflow's", change("c", { slots: 1 }), '"c" took 1 slots, and the workflow says 2'],
    ["another pool than the workflow's", change("c", { pool: "big" }), 'the pool "big", and the workflow says "w/default"'],
    ["other needs than the workflow's", change("e", { needs: ["b"] }), '"e" has other needs'],
    ["a task without a record", (records) => records.slice(0, 4), '"e" has no record'],
    ["a task twice", (records) => [...records, records[0]], '"a" is recorded twice'],
    ["a task that the workflow doesn't have", (records) => [...records, record("z", "succeeded", [], 1, 2)], '"z" is not a task'],
    ["an instance of a task without forEach", (records) => [...records, record("a[0]", "succeeded", [], 1, 2)], '"a[0]" is not a task'],
  ])("%s", (_, wrong, message) => {
    const { status, text } = run(wrong(good()));
    expect([status, text.startsWith("violation: ")]).toEqual([1, true]);
    expect(text).toContain(message);
  });

  it("a pool over its slots, at the first start that is too much", () => {
    const two = { ...workflow, pools: { default: { slots: 2 } } };
    expect(run(good(), undefined, two)).toEqual({
      status: 1,
      text: 'violation: the pool "w/default" has 2 slots, and 3 were taken at 4, when "c" started\n',
    });
    expect(run(good(), ["--slots", "big=3"])).toEqual({
      status: 1,
      text: 'violation: the pool "big" has 3 slots, and 4 were taken at 8, when "e" started\n',
    });
  });

  it("slots held by what never ended", () => {
    const records = good();
    records[2] = record("c", "cancelled", ["a"], 4, null, { slots: 2 });
    records[3] = record("d", "skipped", ["c"], null, null);
    expect(run(records).text).toContain('not after its need "c" had ended at no time');
    records[4] = record("e", "cancelled", ["b", "c"], null, null, { pool: "big", slots: 4 });
    records[1] = record("b", "succeeded", ["a"], 8, 9);
    expect(run(records, undefined, { ...workflow, pools: { default: { slots: 2 } } }).text).toContain(
      '3 were taken at 8, when "b" started',
    );
  });

  it("a task that didn't succeed, where success is asked for", () => {
    expect(run(good(), ["--slots", "big=4", "--succeeded"])).toEqual({ status: 1, text: 'violation: "c" did not succeed: it failed\n' });
  });
});

it.each<[string, unknown, readonly string[]]>([
  ["a record that isn't a list", {}, ["--slots", "big=4"]],
  ["slots that aren't a number", [], ["--slots", "big=x"]],
  ["an unknown option", [], ["--frobnicate"]],
  ["a file that doesn't exist", [], ["--tasks", "/nonexistent.json"]],
])("tells %s from a violation", (_, records, args) => {
  const { status, text } = run(records, args);
  expect([status, text.startsWith("error: ")]).toEqual([2, true]);
});

it("asks for the slots of a pool that it doesn't know", () => {
  expect(run(good(), []).text).toBe('violation: the slots of the pool "big" are not known; pass --slots big=<n>\n');
});
