import { describe, expect, it } from "vitest";
import { wfformatRecords } from "./wfformat.ts";

const document = {
  name: "genome-20240101T000000Z-0",
  workflow: {
    specification: {
      files: [
        { id: "in.vcf", sizeInBytes: 700 },
        { id: "columns", sizeInBytes: 50 },
      ],
      tasks: [
        {
          id: "split_ID01",
          name: "split_ID01",
          parents: [],
          children: ["merge_ID02"],
          inputFiles: ["in.vcf", "columns"],
          outputFiles: ["a", "b"],
        },
        { id: "merge_ID02", name: "merge_ID02", parents: ["split_ID01"], children: ["X.Y.PLOT_3"], inputFiles: ["lost"], outputFiles: [] },
        { id: "X.Y.PLOT_3", parents: ["merge_ID02", "split_ID01"] },
        { id: "never", parents: ["gone"] },
      ],
    },
    execution: {
      tasks: [
        { id: "split_ID01", runtimeInSeconds: 2.5, memoryInBytes: 1000, coreCount: 2, machines: ["n1"], command: { program: "split" } },
        { id: "merge_ID02", runtimeInSeconds: 0, command: { program: 'printf "%s" a | while read x; do :; done' } },
        { id: "X.Y.PLOT_3", runtimeInSeconds: 7 },
      ],
      machines: [{ nodeName: "n1", memoryInBytes: 64, cpu: { coreCount: 48 } }],
    },
  },
};

describe("wfformatRecords", () => {
  it("reads what was known before each task, and what it took", () => {
    const common = { workflow: "genome", run: "r" };
    expect(wfformatRecords(document, "r")).toEqual([
      {
        ...common,
        type: "split",
        program: "split",
        subject: "columns\nin.vcf",
        inputBytes: 750,
        inputs: 2,
        outputs: 2,
        fanIn: 0,
        fanOut: 1,
        depth: 0,
        cpus: 2,
        machine: "48 cores, 64 bytes",
        seconds: 2.5,
        peakMemoryBytes: 1000,
      },
      {
        ...common,
        type: "merge",
        program: "merge",
        subject: "lost",
        inputBytes: 0,
        inputs: 1,
        outputs: 0,
        fanIn: 1,
        fanOut: 1,
        depth: 1,
        seconds: 0,
      },
      { ...common, type: "x.y.plot", program: "plot", inputBytes: 0, inputs: 0, outputs: 0, fanIn: 2, fanOut: 0, depth: 2, seconds: 7 },
    ]);
  });

  it("finds the depth of a chain of any length", () => {
    const tasks = Array.from({ length: 20_000 }, (_, i) => ({ id: `t${i}`, parents: i === 19_999 ? [] : [`t${i + 1}`] }));
    const execution = { tasks: tasks.map(({ id }) => ({ id, runtimeInSeconds: 1 })) };
    expect(wfformatRecords({ workflow: { specification: { tasks }, execution } }, "r")[0]?.depth).toBe(19_999);
  });

  it("refuses what is no instance, and bears a cycle", () => {
    for (const other of [null, {}, { workflow: { tasks: [] } }, "text"]) expect(() => wfformatRecords(other, "r")).toThrow(/specification/);
    const tasks = [
      { id: "a", parents: ["b"] },
      { id: "b", parents: ["a"] },
    ];
    expect(wfformatRecords({ workflow: { specification: { tasks } } }, "r")).toEqual([]);
  });
});
