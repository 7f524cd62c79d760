import { hasCode, type QmoiError } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Problem } from "../problems.ts";
import { validate } from "../validate.ts";
import { type Workflow, type WorkflowDocument, workflowSchema } from "../workflow.ts";
import { checkWorkflow, readWorkflow } from "./check-workflow.ts";
import type { WorkflowLimits } from "./limits.ts";

type Task = Partial<WorkflowDocument["tasks"][number]>;

const limits: WorkflowLimits = { pools: { default: { slots: 8 }, gpu: { slots: 4, largestTask: 2 } }, host: { cpu: 4, memory: 8e9 } };
const run = { type: "process", command: "sh" } as const;
const workflow = (tasks: readonly Task[], rest: Partial<WorkflowDocument> = {}): WorkflowDocument => ({
  name: "w",
  ...rest,
  tasks: tasks.map((task, index) => ({ name: `t${index}`, target: run, ...task })),
});
const read = (document: WorkflowDocument): Workflow => validate(workflowSchema, document, { code: "QMOI_INVALID_WORKFLOW" });
const check = (document: WorkflowDocument): Workflow => checkWorkflow(read(document), limits);

const refuse = (document: WorkflowDocument): { readonly error: QmoiError; readonly problems: readonly Problem[] } => {
  const definition = read(document);
  try {
    checkWorkflow(definition, limits);
  } catch (error) {
    return { error: error as QmoiError, problems: (error as QmoiError).data!.problems as readonly Problem[] };
  }
  throw new Error("accepted");
};

describe("checkWorkflow", () => {
  it("accepts a workflow that uses everything", () => {
    const document = workflow(
      [
        { name: "list", target: { type: "function", module: "./list.ts" }, payload: { folder: "${{ inputs.folder }}" } },
        {
          name: "count",
          needs: ["list"],
          when: "size(tasks.list.output) > 0",
          forEach: { list: "tasks.list.output" },
          payload: { file: "${{ item }}", index: "${{ index }}" },
          target: { ...run, args: ["-c", "wc -l < ${{ item }}"], env: { TOKEN: { secretRef: "env:TOKEN" } } },
          concurrency: { key: "files", limit: 4 },
          rate: { key: "files", limit: 10, per: 1 },
          resources: { pool: "gpu", slots: 2, cpu: 4 },
        },
        { name: "report", needs: ["count"], payload: "${{ tasks.list.output }}", target: { type: "wait", until: "${{ run.startedAt }}" } },
        {
          name: "undo",
          needs: [{ task: "count", on: "failure" }],
          target: { type: "http", url: "https://example.com/${{ run.id }}", body: { secretRef: "env:X" } },
        },
        {
          name: "last",
          needs: [{ task: "undo", on: "always" }, "report"],
          concurrency: { key: "files", limit: 4 },
          resources: { pool: "own", slots: 50 },
        },
      ],
      {
        inputs: { type: "object", properties: { folder: { type: "string" } }, required: ["folder"], additionalProperties: false },
        schedules: [
          { expression: "rate(5 minutes)", inputs: { folder: "." } },
          { name: "nightly", expression: "cron(0 2 * * ? *)", timezone: "Europe/Berlin", inputs: { folder: "." } },
        ],
        pools: { own: { slots: 50 } },
      },
    );
    expect(check(document).tasks).toHaveLength(5);
  });

  it.each<[string, WorkflowDocument, string, string, string]>([
    ["a name taken", workflow([{ name: "a" }, { name: "a" }]), "QMOI_TASK_DUPLICATE", "$.tasks[1].name", 'the name "a" is taken by task 1'],
    [
      "an unknown need",
      workflow([{ name: "extract" }, { needs: ["extrcat"] }]),
      "QMOI_TASK_UNKNOWN_NEED",
      "$.tasks[1].needs[0]",
      'did you mean "extract"?',
    ],
    [
      "a need given twice",
      workflow([{}, { needs: ["t0", { task: "t0", on: "failure" }] }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[1].needs[1]",
      'needs "t0" twice',
    ],
    ["a task that needs itself", workflow([{ name: "a", needs: ["a"] }]), "QMOI_TASK_CYCLE", "$.tasks[0].needs[0]", "a → a"],
    [
      "a cycle",
      workflow([
        { name: "x" },
        { name: "a", needs: ["x", "b"] },
        { name: "b", needs: ["c"] },
        { name: "c", needs: ["x", "a"] },
        { name: "d", needs: ["a"] },
      ]),
      "QMOI_TASK_CYCLE",
      "$.tasks[1].needs[1]",
      "a → b → c → a",
    ],
    [
      "an unknown pool",
      workflow([{ resources: { pool: "gpus" } }]),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.pool",
      'did you mean "gpu"?',
    ],
    [
      "a pool that only its prototype has",
      workflow([{ resources: { pool: "constructor" } }]),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.pool",
      "does not exist",
    ],
    [
      "more slots than the pool has",
      workflow([{ resources: { pool: "gpu", slots: 3 } }]),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.slots",
      'asks for 3 slots of the pool "gpu", which gives a task at most 2',
    ],
    [
      "more slots than its own pool has",
      workflow([{ resources: { slots: 7 } }], { pools: { default: { slots: 6 } } }),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.slots",
      "which gives a task at most 6",
    ],
    [
      "more cores than the host has",
      workflow([{ resources: { cpu: 4.5 } }]),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.cpu",
      "gives at most 4",
    ],
    [
      "more memory than the host has",
      workflow([{ resources: { memory: 9e9 } }]),
      "QMOI_TASK_NEVER_FITS",
      "$.tasks[0].resources.memory",
      "gives at most 8000000000",
    ],
    [
      "a large payload",
      workflow([{ payload: "x".repeat(65 * 1024) }]),
      "QMOI_TOO_LARGE",
      "$.tasks[0].payload",
      "at most 65536 are allowed",
    ],
    [
      "a large body",
      workflow([{ target: { type: "http", url: "http://a.b", body: "ä".repeat(33 * 1024) } }]),
      "QMOI_TOO_LARGE",
      "$.tasks[0].target.body",
      "at most 65536 are allowed",
    ],
    [
      "a bad schedule",
      workflow([{}], { schedules: [{ expression: "cron(0 25 * * ? *)" }] }),
      "QMOI_INVALID_SCHEDULE",
      "$.schedules[0].expression",
      "hours",
    ],
    [
      "a bad time zone",
      workflow([{}], { schedules: [{ expression: "rate(1 day)", timezone: "Europe/Berlni" }] }),
      "QMOI_INVALID_TIME_ZONE",
      "$.schedules[0].timezone",
      "Berlni",
    ],
    [
      "two schedules without a name",
      workflow([{}], { schedules: [{ expression: "rate(1 day)" }, { expression: "rate(1 day)" }] }),
      "QMOI_INVALID_WORKFLOW",
      "$.schedules[1].name",
      "is taken",
    ],
    [
      "a schedule's inputs",
      workflow([{}], {
        inputs: { properties: { n: { type: "integer" } } },
        schedules: [{ expression: "rate(1 day)", inputs: { n: "x" } }],
      }),
      "QMOI_INVALID_WORKFLOW",
      "$.schedules[0].inputs.n",
      "expected a whole number",
    ],
    [
      "the inputs' schema",
      workflow([{}], { inputs: { properties: { n: { typ: "integer" } } } }),
      "QMOI_INVALID_WORKFLOW",
      "$.inputs.properties.n.typ",
      "unknown keyword",
    ],
    [
      "an expression",
      workflow([{ payload: { a: ["${{ 1 + }}"] } }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].payload.a[0]",
      "unexpected token",
    ],
    [
      "an unclosed template",
      workflow([{ target: { ...run, args: ["${{ 1"] } }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].target.args[0]",
      "is not closed",
    ],
    ["a condition", workflow([{ when: "inputs.x &&" }]), "QMOI_INVALID_EXPRESSION", "$.tasks[0].when", "unexpected token"],
    [
      "a read of a task that isn't needed",
      workflow([{}, { payload: "${{ tasks.t0.output }}" }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[1].payload",
      'reads task "t0" without needing it',
    ],
    [
      "a read of a task that needs this one",
      workflow([{ payload: "${{ tasks.t1.output }}" }, { needs: ["t0"] }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].payload",
      'reads task "t1" without needing it',
    ],
    [
      "a read of itself",
      workflow([{ name: "a", payload: "${{ tasks.a.output }}" }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].payload",
      "without needing it",
    ],
    [
      "a read of an unknown task",
      workflow([{ name: "fetch" }, { needs: ["fetch"], payload: "${{ tasks.fecth.output }}" }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[1].payload",
      'there is no task "fecth"; did you mean "fetch"?',
    ],
    [
      "an unknown input",
      workflow([{ payload: "${{ inputs.nmae }}" }], { inputs: { properties: { name: {} }, additionalProperties: false } }),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].payload",
      'no input "nmae"; did you mean "name"?',
    ],
    [
      "an element outside forEach",
      workflow([{ payload: "${{ item }}" }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].payload",
      "only in a task with forEach",
    ],
    [
      "an element in the list itself",
      workflow([{ forEach: { list: "[index]" } }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].forEach.list",
      "before the list is expanded",
    ],
    [
      "an element in the condition",
      workflow([{ when: "item > 1", forEach: { list: "[1]" } }]),
      "QMOI_INVALID_EXPRESSION",
      "$.tasks[0].when",
      "filter the list instead",
    ],
    [
      "a secret in a payload",
      workflow([{ payload: { a: [{ secretRef: "env:X" }] } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[0].payload.a[0]",
      "a secretRef is not allowed here",
    ],
    [
      "a secret in parameters",
      workflow([{ target: { type: "lambda", resource: "f", parameters: { secretRef: "env:X" } } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[0].target.parameters",
      "a secretRef is not allowed here",
    ],
    [
      "a secret in a schedule",
      workflow([{}], { schedules: [{ expression: "rate(1 day)", inputs: { a: { secretRef: "env:X" } } }] }),
      "QMOI_INVALID_WORKFLOW",
      "$.schedules[0].inputs.a",
      "a secretRef is not allowed here",
    ],
    [
      "different limits for one key",
      workflow([{ concurrency: { key: "db", limit: 2 } }, { concurrency: { key: "db", limit: 3 } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[1].concurrency.limit",
      'has the limit 3 here and 2 in task "t0"',
    ],
    [
      "different rates for one key",
      workflow([{ rate: { key: "api", limit: 2, per: 1 } }, { rate: { key: "api", limit: 2, per: 60 } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[1].rate.limit",
      "has the limit 2 in 60 s here",
    ],
    [
      "a need of both outcomes",
      workflow([{}, { needs: ["t0"] }, { needs: ["t1"] }, { needs: ["t2", { task: "t0", on: "failure" }] }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[3].needs[1]",
      "it could never run",
    ],
    [
      "a time without offset",
      workflow([{ target: { type: "wait", until: "2026-01-31 08:00" } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[0].target.until",
      "expected a date and time with offset",
    ],
    [
      "an address of another kind",
      workflow([{ target: { type: "http", url: "file:///etc/passwd" } }]),
      "QMOI_INVALID_WORKFLOW",
      "$.tasks[0].target.url",
      "http:// or https://",
    ],
  ])("refuses %s", (_, document, code, path, message) => {
    const { error, problems } = refuse(document);
    expect(error.code).toBe(code);
    expect(problems[0]).toMatchObject({ code, path });
    expect(problems[0]?.message).toContain(message);
    expect(error.path).toBe(path);
  });

  it("accepts templates where a literal would conflict, and either outcome after a failure", () => {
    check(workflow([{ concurrency: { key: "${{ run.id }}", limit: 1 } }, { concurrency: { key: "${{ run.id }}", limit: 2 } }]));
    check(workflow([{}, { needs: [{ task: "t0", on: "failure" }] }, { needs: [{ task: "t1", on: "always" }, "t0"] }]));
    check(workflow([{}, { needs: ["t0"] }, { needs: ["t1"], payload: "${{ tasks.t0.output }}" }]));
  });

  it("reports problems of every kind at once, with lines", () => {
    const text =
      '{"name": "w",\n "tasks": [\n  {"name": "a", "needs": ["b"], "target": {"type": "wait", "seconds": 1}},\n  {"name": "a", "resources": {"slots": 99}, "target": {"type": "wait", "seconds": 1}}\n]}';
    try {
      readWorkflow(text, limits, { file: "w.json" });
      expect.unreachable();
    } catch (error) {
      if (!hasCode(error, "QMOI_TASK_DUPLICATE")) throw error;
      expect(error.path).toBe("w.json:4:12 $.tasks[1].name");
      expect((error.data!.problems as Problem[]).map(({ code, line }) => [code, line])).toEqual([
        ["QMOI_TASK_DUPLICATE", 4],
        ["QMOI_TASK_UNKNOWN_NEED", 3],
        ["QMOI_TASK_NEVER_FITS", 4],
      ]);
    }
  });

  it("names the way round in the cycle's data, and abbreviates long ones in the message", () => {
    const { error } = refuse(workflow(Array.from({ length: 40 }, (_, i) => ({ needs: [`t${(i + 1) % 40}`] }))));
    expect(error.message).toContain("t0 → t1 → t2 → t3 → t4 → t5 → … → t36 → t37 → t38 → t39 → t0");
    expect(error.data?.cycle).toHaveLength(41);
  });

  it("finds a cycle exactly where there is one, and one that is true", () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 24 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const needs = Array.from({ length: 12 }, () => new Set<number>());
        for (const [from, to] of pairs) needs[from]?.add(to);
        const document = workflow(needs.map((set) => ({ needs: [...set].map((task) => `t${task}`) })));
        const reach = needs.map((set) => new Set(set));
        for (let k = 0; k < 12; k++) for (const set of reach) if (set.has(k)) for (const next of reach[k] ?? []) set.add(next);
        if (!reach.some((set, task) => set.has(task))) {
          check(document);
          return;
        }
        const cycle = refuse(document).error.data!.cycle as string[];
        expect(cycle[0]).toBe(cycle.at(-1));
        for (let i = 1; i < cycle.length; i++) expect(document.tasks.find(({ name }) => name === cycle[i - 1])?.needs).toContain(cycle[i]);
      }),
    );
  });

  it("takes 30,000 tasks: a chain whose last closes a cycle, and expressions that read from far", () => {
    const size = 30_000;
    const chain = Array.from({ length: size }, (_, i): Task => (i === 0 ? { needs: [`t${size - 1}`] } : { needs: [`t${i - 1}`] }));
    expect(refuse(workflow(chain)).error.data?.cycle).toHaveLength(size + 1);
    const far = Array.from({ length: size }, (_, i): Task => (i === 0 ? {} : { needs: [`t${i - 1}`], payload: "${{ tasks.t0.state }}" }));
    const { error } = refuse(workflow(far));
    expect(error.message).toMatch(/task "t\d+" reads task "t0" without needing it; add "t0" to its needs/);
  });
});
