import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { taskFunctionName } from "@qmoi/adapters/aws";
import { expect, it } from "vitest";
import { type Deployed, endedRun, MINUTE, STAGE, startedRun } from "./deployed.ts";

const MODULE = "./example/word-counts.ts";
const listed = { type: "function", module: MODULE, export: "list" };
const folder = join(process.cwd(), "test/fixtures/cli-schemas");
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** What workflows do on a deployed stage. */
export const workScenes = (stage: () => Deployed): void => {
  const http = (path: string): object => ({ type: "http", url: `${stage().work.url}${path}`, allowPrivate: true });

  it(
    "refuses a process, which has no machine here",
    async () => {
      const task = { name: "a", target: { type: "process", command: "true" } };
      const refused = await stage().as("operator")("POST", "/v1/workflows", { name: "p", tasks: [task] });
      expect(refused).toMatchObject({ status: 400, body: { code: "QMOI_TARGET_UNAVAILABLE" } });
      expect(refused.body.remedy).toContain("binding");
    },
    MINUTE,
  );

  it(
    "runs 200 tasks of http, lambda and function targets to their end, one at its second try",
    async () => {
      const resources = { pool: "wide" };
      const needs = ["first"];
      const resource = `qmoi-${STAGE}-${taskFunctionName(MODULE, "list")}:live`;
      const lambda = { type: "lambda", resource, parameters: { input: { folder } } };
      const plain = [
        { name: "first", target: listed, payload: { folder } },
        ...many(4, (n) => ({ name: `f${n}`, needs, resources, target: listed, payload: { folder } })),
        ...many(4, (n) => ({ name: `l${n}`, needs, resources, target: lambda })),
        ...many(110, (n) => ({ name: `h${n}`, needs, resources, target: http(`/h${n}`) })),
        { name: "flaky", resources, target: http("/flaky"), retry: { attempts: 3, delay: 1, jitter: "none" } },
      ];
      const each = { name: "each", needs, resources, forEach: { list: "inputs.list", max: 80 }, target: http("/each/${{ index }}") };
      const last = { name: "last", needs: [...plain.map(({ name }) => name), "each"], target: { type: "wait", seconds: 1 } };
      const document = {
        name: "large",
        inputs: { type: "object", properties: { list: { type: "array", default: many(79, (n) => n) } } },
        pools: { wide: { slots: 40 } },
        tasks: [...plain, each, last],
      };
      const run = await startedRun(stage(), document);
      const view = await endedRun(stage(), run);
      expect(view).toMatchObject({ state: "succeeded", total: 201 });
      expect(view.tasks).toMatchObject({ succeeded: 201, failed: 0 });
      const call = stage().as("viewer");
      const { items } = (await call("GET", `/v1/runs/${run}/tasks?limit=1000`)).body;
      const attempts = new Map(items.map((task: { name: string; attempt: number }) => [task.name, task.attempt]));
      expect(attempts.get("flaky")).toBe(2);
      const { requests } = stage().work;
      expect(requests.get("/flaky")).toHaveLength(2);
      // At least once: a message that came twice was claimed once.
      for (const path of [...many(110, (n) => `/h${n}`), ...many(79, (n) => `/each/${n}`)]) expect(requests.get(path)).toHaveLength(1);
      const history = await call("GET", "/v1/history?workflow=large&limit=1000");
      expect(history.status).toBe(200);
      const tries = history.body.items.filter(({ task }: { task: string }) => task === "flaky");
      expect(tries.map(({ state }: { state: string }) => state).sort()).toEqual(["failed", "succeeded"]);
    },
    12 * MINUTE,
  );

  it(
    "keeps a function's failure as a dead letter until it is redriven",
    async () => {
      const later = join(tmpdir(), `qmoi-deploy-${process.pid}`);
      expect(existsSync(later)).toBe(false);
      const tasks = [{ name: "look", target: listed, payload: { folder: later }, retry: { attempts: 1 } }];
      const run = await startedRun(stage(), { name: "broken", tasks } as { name: string });
      expect(await endedRun(stage(), run)).toMatchObject({ state: "failed" });
      const call = stage().as("operator");
      const ofRun = (letter: { run: string }): boolean => letter.run === run;
      expect((await call("GET", "/v1/dead-letters")).body.items.find(ofRun)).toMatchObject({ task: "look", failure: { code: "ENOENT" } });
      await mkdir(later);
      try {
        expect(await call("POST", `/v1/runs/${run}/redrive`, { reason: "the folder is there" })).toMatchObject({ status: 200 });
        expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded" });
      } finally {
        await rm(later, { recursive: true });
      }
    },
    5 * MINUTE,
  );
};
