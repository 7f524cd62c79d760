import { readFileSync } from "node:fs";
import type { WorkflowDocument } from "@qmoi/config";

const sh = { type: "process", command: "sh" } as const;

const example = JSON.parse(readFileSync(new URL("../../../config/workflows/example.json", import.meta.url), "utf8")) as WorkflowDocument;

/** Valid workflows that, taken together, use everything that a workflow can say. */
export const workflowDocuments: readonly WorkflowDocument[] = [
  example,
  {
    name: "w",
    tasks: [
      { name: "a", target: { type: "process", command: "sh", args: ["-c", "echo a"] } },
      { name: "b", needs: ["a"], target: { type: "wait", seconds: 1 } },
    ],
  },
  {
    $schema: "../schema/workflow.schema.json",
    name: "etl.daily",
    description: "Loads what came in during the day.",
    tags: { team: "data", cost: "7" },
    priority: 7,
    deadline: 7200,
    inputs: {
      type: "object",
      properties: {
        day: { type: "string", format: "date" },
        tables: { type: "array", items: { type: "string", pattern: "^[a-z_]+$" }, maxItems: 50, default: ["orders"] },
        full: { type: "boolean", default: false },
      },
      required: ["day"],
      additionalProperties: false,
    },
    schedules: [
      {
        name: "nightly",
        expression: "cron(0 2 * * ? *)",
        timezone: "Europe/Berlin",
        misfire: "run-all",
        misfireCap: 3,
        overlap: "queue-one",
        inputs: { day: "2026-01-31" },
      },
      { name: "hourly", expression: "rate(1 hour)", inputs: { day: "2026-01-31", tables: ["a_b"] }, enabled: false },
    ],
    spawnBudget: { runs: 10, per: 3600 },
    pools: { warehouse: { slots: 4 } },
    retry: { attempts: 3, backoff: "linear", delay: 2, cap: 60, jitter: "none", on: ["network", "throttled"] },
    tasks: [
      {
        name: "extract",
        type: "extract",
        payload: { day: "${{ inputs.day }}", tables: "${{ inputs.tables }}" },
        target: { type: "function", module: "./extract.ts", export: "extract" },
        timeout: 600,
        heartbeat: 30,
      },
      {
        name: "load",
        needs: ["extract"],
        when: "size(tasks.extract.output) > 0",
        forEach: { list: "tasks.extract.output", max: 50 },
        priority: 9,
        target: {
          ...sh,
          args: ["-c", "load ${{ item }}", "${{ index }}"],
          env: { TOKEN: { secretRef: "env:TOKEN" } },
          cwd: "/tmp",
          stdin: "x",
          exitCodes: { "75": "unavailable", "3": "success" },
          output: "text",
        },
        resources: { cpu: 0.5, memory: 1_000_000_000, disk: 1_000_000, pool: "warehouse", slots: 2 },
        concurrency: { key: "table-${{ item }}", limit: 1 },
        rate: { key: "warehouse", limit: 5, per: 1 },
        idempotencyKey: "${{ run.id }}-${{ index }}",
        effect: "once",
        tags: { step: "load" },
        estimate: 12,
        inputBytes: 1e6,
      },
      {
        name: "notify",
        needs: [{ task: "load", on: "failure" }],
        target: {
          type: "http",
          url: "https://example.com/hook",
          method: "POST",
          headers: { authorization: { secretRef: "env:KEY" } },
          body: { text: "failed: ${{ run.id }}" },
          sign: { secretRef: "file:/etc/secret" },
          expect: [200, 202],
          redirects: 2,
          allowPrivate: false,
        },
      },
      {
        name: "clean",
        description: "Whatever came of it.",
        needs: [
          { task: "load", on: "always" },
          { task: "notify", on: "always" },
        ],
        notBefore: 5,
        deadline: 100,
        target: { type: "wait", until: "2026-01-31T08:00:00Z" },
      },
    ],
  },
  {
    name: "cloud",
    tasks: [
      { name: "a-1", target: { type: "lambda", resource: "resize", parameters: { size: 3 } } },
      { name: "b", needs: ["a-1"], target: { type: "step-functions", resource: "arn:aws:states:us-east-1:123456789012:stateMachine:x" } },
      {
        name: "c",
        needs: ["a-1", { task: "b", on: "success" }],
        payload: '${{ tasks["a-1"].output }}',
        target: { type: "sqs", resource: "queue" },
      },
      { name: "d", needs: ["c"], target: { type: "ecs", resource: "job" }, concurrency: { key: "gpu", limit: 2 } },
      { name: "e", needs: ["c"], target: { type: "binding", name: "train" }, concurrency: { key: "gpu", limit: 2 } },
      {
        name: "f",
        needs: ["d", "e"],
        when: "tasks.d.state == 'succeeded' && has(tasks.e.output.score) && tasks.e.output.score > 0.5",
        target: { type: "wait", seconds: 0 },
      },
    ],
  },
  {
    name: "diamond",
    tasks: Array.from({ length: 8 }, (_, i) => ({
      name: `t${i}`,
      ...(i > 0 ? { needs: [`t${Math.floor((i - 1) / 2)}`] } : {}),
      target: { type: "wait" as const, seconds: i },
    })),
  },
];
