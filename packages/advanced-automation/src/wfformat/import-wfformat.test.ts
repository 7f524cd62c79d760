import type { WorkflowDocument } from "@qmoi/config";
import { workflowSchema } from "@qmoi/config/workflow";
import { QmoiError } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importWfformat } from "./import-wfformat.ts";

interface Fixture {
  name: string;
  schemaVersion: string;
  workflow: {
    specification: { tasks: Record<string, unknown>[]; files?: { id: string; sizeInBytes: number }[] };
    execution: { makespanInSeconds: number; executedAt: string; tasks: Record<string, unknown>[]; machines?: unknown[] };
  };
}

/** split → two aligners → merge. */
const diamond = (): Fixture => ({
  name: "small-diamond",
  schemaVersion: "1.5",
  workflow: {
    specification: {
      tasks: [
        { name: "split", id: "split_1", parents: [], children: ["align_2", "align_3"], inputFiles: ["reads"], outputFiles: ["a", "b"] },
        { name: "align", id: "align_2", parents: ["split_1"], children: ["merge_4"], inputFiles: ["a", "index"], outputFiles: ["a.bam"] },
        { name: "align", id: "align_3", parents: ["split_1"], children: ["merge_4"], inputFiles: ["b", "index"], outputFiles: ["b.bam"] },
        { name: "merge", id: "merge_4", parents: ["align_2", "align_3"], children: [], inputFiles: [], outputFiles: [] },
      ],
      files: ["reads", "a", "b", "index", "a.bam", "b.bam"].map((id, n) => ({ id, sizeInBytes: 10 ** n })),
    },
    execution: {
      makespanInSeconds: 100,
      executedAt: "2020-12-19T23:38:32Z",
      machines: [{ nodeName: "n" }],
      tasks: [
        {
          id: "split_1",
          runtimeInSeconds: 12.5,
          command: { program: "split_fasta" },
          coreCount: 2,
          memoryInBytes: 9_000_000,
          avgCPU: 97.25,
        },
        { id: "align_2", runtimeInSeconds: 40.123, command: { program: "bwa mem \\\n  -t 4" }, readBytes: 7, writtenBytes: 8 },
        { id: "align_3", runtimeInSeconds: 0, command: {} },
        { id: "merge_4", runtimeInSeconds: 3 },
      ],
    },
  },
});

const options = { name: "demo", timeScale: 0.1 };

const failure = (act: () => unknown): QmoiError => {
  try {
    act();
  } catch (error) {
    if (error instanceof QmoiError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** The diamond with a change, and how the import answers. */
const refused = (change: (fixture: Fixture) => void, extra: Partial<typeof options> = {}): QmoiError => {
  const fixture = diamond();
  change(fixture);
  return failure(() => importWfformat(fixture, { ...options, ...extra }));
};

describe("an instance", () => {
  it("becomes a workflow of waits with its graph, programs, sizes and measures", () => {
    const workflow = importWfformat(diamond(), { ...options, slots: 3 });
    expect(workflow).toEqual<WorkflowDocument>({
      name: "demo",
      description: "WfFormat 1.5 instance; each task waits its measured time × 0.1.",
      tags: { source: "wfformat-1.5", instance: "small-diamond", timeScale: "0.1" },
      pools: { default: { slots: 3 } },
      tasks: [
        {
          name: "split_1",
          type: "split_fasta",
          inputBytes: 1,
          tags: { cores: "2", cpuPercent: "97.25", memoryBytes: "9000000" },
          target: { type: "wait", seconds: 1.25 },
        },
        {
          name: "align_2",
          type: "align",
          needs: ["split_1"],
          inputBytes: 1_010,
          tags: { program: "bwa mem \\\n  -t 4", readBytes: "7", writtenBytes: "8" },
          target: { type: "wait", seconds: 4.0123 },
        },
        { name: "align_3", type: "align", needs: ["split_1"], inputBytes: 1_100, target: { type: "wait", seconds: 0 } },
        { name: "merge_4", type: "merge", needs: ["align_2", "align_3"], inputBytes: 0, target: { type: "wait", seconds: 0.3 } },
      ],
    });
    expect(workflowSchema.safeParse(workflow).success).toBe(true);
  });

  it("waits nothing with the scale 0, and has no pool of its own without slots", () => {
    const workflow = importWfformat(diamond(), { name: "demo", timeScale: 0 });
    expect(workflow.tasks.map(({ target }) => target)).toEqual(Array.from({ length: 4 }, () => ({ type: "wait", seconds: 0 })));
    expect(workflow.pools).toBeUndefined();
  });

  it("takes the bytes read where no files are listed", () => {
    const fixture = diamond();
    delete fixture.workflow.specification.files;
    expect(importWfformat(fixture, options).tasks.map(({ inputBytes }) => inputBytes)).toEqual([undefined, 7, undefined, undefined]);
  });

  it("gives ids that can't be names, or are too long, names of their own", () => {
    const ids = ["a b", "a-b", "a:b", `${"x".repeat(120)}_1`, `${"x".repeat(120)}_2`, "___", `${"y".repeat(300)}`, `${"y".repeat(301)}`];
    const workflow = importWfformat(
      {
        name: "n",
        schemaVersion: "1.5",
        workflow: {
          specification: {
            tasks: ids.map((id, n) => ({
              id,
              name: id,
              parents: n === 0 ? [] : [ids[n - 1]],
              children: n + 1 < ids.length ? [ids[n + 1]] : [],
            })),
          },
          execution: { tasks: ids.map((id) => ({ id, runtimeInSeconds: 1 })) },
        },
      },
      options,
    );
    const names = workflow.tasks.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["a-b-2", "a-b", "a-b-3"]);
    expect(names[5]).toBe("task");
    expect(new Set(names).size).toBe(ids.length);
    expect(workflow.tasks.map(({ needs }) => needs?.[0])).toEqual([undefined, ...names.slice(0, -1)]);
    expect(workflow.tasks.map(({ tags }) => tags?.id)).toEqual(ids.map((id) => (id === "a-b" ? undefined : id.slice(0, 200))));
    expect(workflowSchema.safeParse(workflow).success).toBe(true);
  });
});

it("takes instances of 1.6, and says which version one had", () => {
  const { description, tags } = importWfformat({ ...diamond(), schemaVersion: "1.6" }, options);
  expect(description).toContain("WfFormat 1.6 instance");
  expect(tags).toMatchObject({ source: "wfformat-1.6" });
});

describe("a wrong instance is refused with its path", () => {
  const tasks = (fixture: Fixture): Record<string, unknown>[] => fixture.workflow.specification.tasks;
  const executed = (fixture: Fixture): Record<string, unknown>[] => fixture.workflow.execution.tasks;
  const set = (object: Record<string, unknown> | undefined, key: string, value: unknown): void => {
    if (object !== undefined) object[key] = value;
  };

  it.each<[string, (fixture: Fixture) => void, string, string]>([
    ["another version", (f) => set(f as never, "schemaVersion", "1.4"), "$.schemaVersion", "1.6"],
    ["no tasks", (f) => set(f.workflow.specification as never, "tasks", []), "$.workflow.specification.tasks", "at least 1"],
    ["no measured times", (f) => set(f.workflow as never, "execution", undefined), "$.workflow.execution", "object"],
    ["a negative time", (f) => set(executed(f)[1], "runtimeInSeconds", -1), "$.workflow.execution.tasks[1].runtimeInSeconds", "at least 0"],
    [
      "a time that isn't a number",
      (f) => set(executed(f)[1], "runtimeInSeconds", "3"),
      "$.workflow.execution.tasks[1].runtimeInSeconds",
      "number",
    ],
    ["an id twice", (f) => set(tasks(f)[2], "id", "align_2"), "$.workflow.specification.tasks[2].id", "tasks[1] too"],
    ["a time twice", (f) => set(executed(f)[2], "id", "align_2"), "$.workflow.execution.tasks[2].id", "tasks[1] too"],
    ["a task without a time", (f) => executed(f).pop(), "$.workflow.specification.tasks[3].id", "no measured time"],
    [
      "a time without a task",
      (f) => executed(f).push({ id: "other", runtimeInSeconds: 1 }),
      "$.workflow.execution.tasks[4].id",
      "not a task",
    ],
    [
      "an unknown parent",
      (f) => set(tasks(f)[3], "parents", ["align_2", "align_9"]),
      "$.workflow.specification.tasks[3].parents[1]",
      "not a task",
    ],
    [
      "a parent that doesn't know its child",
      (f) => set(tasks(f)[1], "children", []),
      "$.workflow.specification.tasks[3].parents[0]",
      "among its children",
    ],
    [
      "a child that doesn't know its parent",
      (f) => set(tasks(f)[3], "parents", ["align_3"]),
      "$.workflow.specification.tasks[1].children[0]",
      "among its parents",
    ],
    [
      "an unknown file",
      (f) => set(tasks(f)[1], "inputFiles", ["a", "zzz"]),
      "$.workflow.specification.tasks[1].inputFiles[1]",
      "not a file",
    ],
    [
      "an unknown output",
      (f) => set(tasks(f)[1], "outputFiles", ["zzz"]),
      "$.workflow.specification.tasks[1].outputFiles[0]",
      "not a file",
    ],
    [
      "a file twice",
      (f) => f.workflow.specification.files?.push({ id: "a", sizeInBytes: 1 }),
      "$.workflow.specification.files[6].id",
      "too",
    ],
    [
      "a task that needs itself",
      (f) => {
        set(tasks(f)[3], "parents", ["align_2", "align_3", "merge_4"]);
        set(tasks(f)[3], "children", ["merge_4"]);
      },
      "$.workflow.specification.tasks[3].parents",
      "merge_4 → merge_4",
    ],
    [
      "a cycle",
      (f) => {
        set(tasks(f)[1], "parents", ["split_1", "merge_4"]);
        set(tasks(f)[3], "children", ["align_2"]);
      },
      "$.workflow.specification.tasks[1].parents",
      "align_2 → merge_4 → align_2",
    ],
  ])("%s", (_, change, path, expected) => {
    const error = refused(change);
    expect([error.code, error.path]).toEqual(["QMOI_INVALID_WFFORMAT", path]);
    expect(error.message).toContain(expected);
  });

  it("says that a wait would be too long", () => {
    const error = refused(() => undefined, { timeScale: 1e6 });
    expect([error.code, error.path]).toEqual(["QMOI_INVALID_WFFORMAT", "$.workflow.specification.tasks[1]"]);
    expect(error.message).toContain("smaller time scale");
  });
});

it.each([
  [{ name: "" }, "name"],
  [{ name: "-x" }, "name"],
  [{ name: "x".repeat(101) }, "name"],
  [{ timeScale: -1 }, "timeScale"],
  [{ timeScale: Number.NaN }, "timeScale"],
  [{ timeScale: Number.POSITIVE_INFINITY }, "timeScale"],
  [{ slots: 0 }, "slots"],
  [{ slots: 1.5 }, "slots"],
  [{ slots: 100_001 }, "slots"],
])("refuses the options %j", (changes, path) => {
  const error = failure(() => importWfformat(diamond(), { ...options, ...changes }));
  expect([error.code, error.path]).toEqual(["QMOI_INVALID_INPUT", path]);
});

/** The paths of all values in a document. */
const placesOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesOf(inner, [...path, key])])
    : [];

const replaceAt = (root: unknown, path: readonly string[], value: unknown): void => {
  const holder = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], root);
  (holder as Record<string, unknown>)[path.at(-1) ?? ""] = value;
};

describe("random instances", () => {
  const instance = fc
    .array(
      fc.tuple(
        fc.string({ minLength: 1, maxLength: 130 }),
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
      ),
      { minLength: 1, maxLength: 25 },
    )
    .map((rows) => {
      const ids = [...new Set(rows.map(([id]) => id))];
      const parents = ids.map((_, n) => [...new Set(n === 0 ? [] : (rows[n]?.[1] ?? []).map((p) => ids[p % n] ?? ""))]);
      return {
        name: "random",
        schemaVersion: "1.5",
        workflow: {
          specification: {
            tasks: ids.map((id, n) => ({ id, name: id, parents: parents[n], children: ids.filter((_, c) => parents[c]?.includes(id)) })),
          },
          execution: { tasks: ids.map((id, n) => ({ id, runtimeInSeconds: rows[n]?.[2] ?? 0 })) },
        },
      };
    });

  it("become workflows of the same graph that the schema accepts", () => {
    fc.assert(
      fc.property(instance, fc.double({ min: 0, max: 1, noNaN: true }), (json, timeScale) => {
        const workflow = importWfformat(json, { name: "w", timeScale });
        expect(workflowSchema.safeParse(workflow).success).toBe(true);
        const names = workflow.tasks.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        const ids = json.workflow.specification.tasks.map(({ id }) => id);
        workflow.tasks.forEach((task, n) => {
          expect(task.needs ?? []).toEqual(json.workflow.specification.tasks[n]?.parents?.map((id) => names[ids.indexOf(id)]));
        });
      }),
    );
  });

  it("with any part replaced are refused with a code, or accepted", () => {
    fc.assert(
      fc.property(instance, fc.nat(), fc.jsonValue(), (json, where, replacement) => {
        const places = placesOf(json);
        const changed = structuredClone(json);
        replaceAt(changed, places[where % places.length] ?? [], replacement);
        try {
          expect(workflowSchema.safeParse(importWfformat(changed, options)).success).toBe(true);
        } catch (error) {
          if (!(error instanceof QmoiError)) throw error;
          expect(error.code).toBe("QMOI_INVALID_WFFORMAT");
          expect(error.path).toMatch(/^\$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
