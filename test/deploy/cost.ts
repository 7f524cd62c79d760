import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AWS_PRICES, costOf, dollarsOf, type Usage } from "@qmoi/cloud-integration";
import { expect, it } from "vitest";
import { GRAPHS } from "../bench/cost/workloads.ts";
import { awsRequest } from "./aws-request.ts";
import { type Deployed, endedRun, MINUTE, STAGE, startedRun } from "./deployed.ts";

const RUNS = 5;
/** Most that a task which succeeds may write to logs (bytes). */
const MOST_LOG = 300;
const FUNCTIONS = ["decider", "task-runner", "completer"] as const;
/** What the platform writes of each invocation, which AWS leaves out at the system's log level WARN. */
const PLATFORM = /^(START|END|REPORT) RequestId/;
const FILE = join("node_modules", ".cache", "deployed-cost.json");

interface Logged {
  readonly invocations: number;
  readonly bytes: number;
}

/** What a function's log group holds since a time (ms). */
const loggedBy = async (port: number, name: string, startTime: number): Promise<Logged> => {
  let [invocations, bytes, nextToken] = [0, 0, undefined as string | undefined];
  do {
    const request = { logGroupName: `/aws/lambda/qmoi-${STAGE}-${name}`, startTime, limit: 10_000, ...(nextToken ? { nextToken } : {}) };
    const page = await awsRequest(port, "Logs_20140328.FilterLogEvents", request);
    for (const { message } of page.events as { message: string }[]) {
      if (message.startsWith("START RequestId")) invocations++;
      if (!PLATFORM.test(message)) bytes += Buffer.byteLength(message);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { invocations, bytes };
};

/** What work takes of AWS, counted at the deployed functions. */
export const costScenes = (stage: () => Deployed): void => {
  it(
    "takes for each task what was agreed",
    async () => {
      const { aws, work, counted } = stage();
      const target = { type: "http", url: `${work.url}/graph/$\{{ run.id }}`, allowPrivate: true };
      const document = { ...GRAPHS.document, name: "counted", tasks: GRAPHS.document.tasks.map((task) => ({ ...task, target })) };
      // One beforehand: cold starts, and what is read once in a function's life.
      await endedRun(stage(), await startedRun(stage(), document));
      const began = Date.now();
      counted.reset();
      const start = () => stage().as("operator")("POST", "/v1/runs", { workflow: document.name });
      const runs = (await Promise.all(Array.from({ length: RUNS }, start))).map(({ body }) => body.run as string);
      for (const run of runs) expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded" });

      const tasks = RUNS * GRAPHS.tasks;
      const { requests, writeUnits, readUnits } = counted.asked();
      const logs = new Map<string, Logged>();
      for (const name of FUNCTIONS) logs.set(name, await loggedBy(aws.port, name, began));
      const of = (name: (typeof FUNCTIONS)[number]): Logged => logs.get(name) as Logged;
      const sends = requests.get("SQS SendMessageBatch") ?? 0;
      const total: Usage = {
        tableWriteUnit: writeUnits,
        tableReadUnit: readUnits,
        // What is sent is received and deleted too.
        queueRequest: sends + 2 * (of("task-runner").invocations + of("completer").invocations),
        functionRequest: of("decider").invocations,
        blobWrite: requests.get("S3 PUT") ?? 0,
        blobRead: requests.get("S3 GET") ?? 0,
        logGigabyte: FUNCTIONS.reduce((sum, name) => sum + of(name).bytes, 0) / 1024 ** 3,
      };
      const perTask = Object.fromEntries(Object.entries(total).map(([name, amount]) => [name, (amount ?? 0) / tasks])) as Usage;
      const lines = costOf(Object.fromEntries(Object.entries(perTask).map(([name, amount]) => [name, (amount ?? 0) * 1e6])), AWS_PRICES);
      const found = {
        tasks,
        runs: RUNS,
        requestsPerTask: Object.fromEntries([...requests].map(([name, n]) => [name, n / tasks]).sort()),
        invocationsPerTask: Object.fromEntries(FUNCTIONS.map((name) => [name, of(name).invocations / tasks])),
        logBytesPerTask: Object.fromEntries(FUNCTIONS.map((name) => [name, of(name).bytes / tasks])),
        perTask,
        dollarsAMillionTasks: dollarsOf(lines),
      };
      mkdirSync(join(FILE, ".."), { recursive: true });
      writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
      process.stdout.write(`Counted at the deployed functions (${FILE}): ${JSON.stringify(found, null, 2)}\n`);
      // Claim and end, and a share of what a run takes; the minute's ticks are in it.
      expect(perTask.tableWriteUnit).toBeGreaterThanOrEqual(2);
      expect(perTask.tableWriteUnit).toBeLessThan(5);
      // A request of S3 costs as much as eight writes: none is made for a task that succeeds with a small output.
      expect(perTask.blobWrite).toBeLessThan(0.1);
      expect(perTask.blobRead).toBeLessThan(0.2);
      expect(FUNCTIONS.reduce((sum, name) => sum + of(name).bytes, 0) / tasks).toBeLessThanOrEqual(MOST_LOG);
    },
    6 * MINUTE,
  );
};
