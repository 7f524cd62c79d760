import { DynamoTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { taskFunctionName } from "@qmoi/adapters/aws";
import { silentLogger } from "@qmoi/core";
import { Keys } from "@qmoi/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";
import { type Answer, apiCaller } from "./api-caller.ts";
import { awsRequest } from "./aws-request.ts";
import { type Ministack, missingPython, startMinistack } from "./ministack.ts";
import { sst } from "./sst.ts";
import { startWorkServer, type WorkServer } from "./work-server.ts";

const STAGE = "test";
const FOLDER = "test/fixtures/cli-schemas";
const MODULE = "./example/word-counts.ts";
const MINUTE = 60_000;

let aws: Ministack;
let work: WorkServer;
let call: ReturnType<typeof apiCaller>;
let nobody: ReturnType<typeof apiCaller>;

/** The first key of the stage, which whoever has AWS rights on its table may make. */
const firstKey = async (): Promise<string> => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const table = new DynamoTable({
    tableName: `qmoi-${STAGE}-table`,
    endpoint: `http://127.0.0.1:${aws.port}`,
    region: "us-east-1",
    credentials,
  });
  const keys = new Keys({ table, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  const { key } = await keys.create({ name: "first key", role: "master" }, "deploy test");
  await table.close();
  return key;
};

const until = async (ready: () => Promise<boolean>): Promise<void> => {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 1000));
};

const ended = async (run: string): Promise<Answer["body"]> => {
  let view: Answer["body"];
  await until(async () => {
    view = (await call("GET", `/v1/runs/${run}`)).body;
    return view.state !== "running";
  });
  return view;
};

const started = async (document: unknown, name: string): Promise<string> => {
  const published = await call("POST", "/v1/workflows", document);
  expect(published).toMatchObject({ status: 201 });
  return (await call("POST", "/v1/runs", { workflow: name })).body.run;
};

suite("what is deployed", missingDeployPackages ?? missingPython, () => {
  beforeAll(async () => {
    aws = await startMinistack();
    work = await startWorkServer();
    const output = await sst(["deploy", "--stage", STAGE], aws.env);
    process.stdout.write(`${output}\n`);
    const host = /ApiUrl: https?:\/\/([^:/\s]+)/.exec(output)?.[1] as string;
    call = apiCaller(aws.port, host, await firstKey());
    nobody = apiCaller(aws.port, host);
  }, 12 * MINUTE);

  afterAll(async () => {
    work?.close();
    await aws?.stop();
  });

  it(
    "lets nobody in without a key, and says that it lives",
    async () => {
      expect((await nobody("GET", "/v1/runs")).status).toBeGreaterThanOrEqual(401);
      expect((await apiCaller(aws.port, "")("GET", "/v1/runs")).status).not.toBe(200);
      expect(await nobody("GET", "/v1/health")).toMatchObject({ status: 200, body: { status: "ok" } });
      expect(await call("GET", "/v1/runs")).toMatchObject({ status: 200, body: { items: [] } });
    },
    MINUTE,
  );

  it(
    "refuses a process, which has no machine here",
    async () => {
      const task = { name: "a", target: { type: "process", command: "true" } };
      const refused = await call("POST", "/v1/workflows", { name: "p", tasks: [task] });
      expect(refused).toMatchObject({ status: 400, body: { code: "QMOI_TARGET_UNAVAILABLE" } });
      expect(refused.body.remedy).toContain("binding");
    },
    MINUTE,
  );

  it(
    "runs 200 tasks of http, lambda and function targets to their end, one at its second try",
    async () => {
      const http = (path: string) => ({ type: "http", url: `${work.url}${path}`, allowPrivate: true });
      const resources = { pool: "wide" };
      const listed = { type: "function", module: MODULE, export: "list" };
      const lambda = `qmoi-${STAGE}-${taskFunctionName(MODULE, "list")}:live`;
      const plain = [
        { name: "first", target: listed, payload: { folder: FOLDER } },
        ...Array.from({ length: 4 }, (_, n) => ({
          name: `f${n}`,
          needs: ["first"],
          resources,
          target: listed,
          payload: { folder: FOLDER },
        })),
        ...Array.from({ length: 4 }, (_, n) => ({
          name: `l${n}`,
          needs: ["first"],
          resources,
          target: { type: "lambda", resource: lambda, parameters: { input: { folder: FOLDER } } },
        })),
        ...Array.from({ length: 110 }, (_, n) => ({ name: `h${n}`, needs: ["first"], resources, target: http(`/h${n}`) })),
        { name: "flaky", resources, target: http("/flaky"), retry: { attempts: 3, delay: 1, jitter: "none" } },
      ];
      const each = {
        name: "each",
        needs: ["first"],
        resources,
        forEach: { list: "inputs.list", max: 80 },
        target: http("/each/${{ index }}"),
      };
      const last = { name: "last", needs: [...plain.map(({ name }) => name), "each"], target: { type: "wait", seconds: 1 } };
      const document = {
        name: "large",
        inputs: { type: "object", properties: { list: { type: "array", default: Array.from({ length: 79 }, (_, n) => n) } } },
        pools: { wide: { slots: 40 } },
        tasks: [...plain, each, last],
      };
      const run = await started(document, "large");
      const view = await ended(run);
      expect(view).toMatchObject({ state: "succeeded", total: 201 });
      expect(view.tasks).toMatchObject({ succeeded: 201, failed: 0 });
      const { items } = (await call("GET", `/v1/runs/${run}/tasks`)).body;
      const attempts = new Map(items.map((task: { name: string; attempt: number }) => [task.name, task.attempt]));
      expect(attempts.get("flaky")).toBe(2);
      expect(work.requests.get("/flaky")).toBe(2);
      // At least once: a message that came twice was claimed once.
      for (let n = 0; n < 110; n++) expect(work.requests.get(`/h${n}`)).toBe(1);
      const history = await call("GET", "/v1/history?workflow=large&limit=1000");
      expect(history.status).toBe(200);
      const tries = history.body.items.filter(({ task }: { task: string }) => task === "flaky");
      expect(tries.map(({ state }: { state: string }) => state).sort()).toEqual(["failed", "succeeded"]);
    },
    12 * MINUTE,
  );

  it(
    "starts by itself what a schedule says",
    async () => {
      const schedules = [{ expression: "rate(1 minute)" }];
      const tasks = [{ name: "a", target: { type: "http", url: `${work.url}/scheduled`, allowPrivate: true } }];
      expect((await call("POST", "/v1/workflows", { name: "by-itself", schedules, tasks })).status).toBe(201);
      await until(async () => (work.requests.get("/scheduled") ?? 0) > 0);
      const { body } = await call("GET", "/v1/runs?workflow=by-itself");
      expect(body.items[0]).toMatchObject({ schedule: "by-itself/default" });
    },
    6 * MINUTE,
  );

  it(
    "takes away what is not meant to stay",
    async () => {
      await sst(["remove", "--stage", STAGE], aws.env);
      expect(await awsRequest(aws.port, "DynamoDB_20120810.ListTables", {})).toMatchObject({ TableNames: [] });
    },
    8 * MINUTE,
  );
});
