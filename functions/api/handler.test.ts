import { LOCAL, type Logger, ROLES, silentLogger } from "@qmoi/core";
import type { ControlPlane } from "@qmoi/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiRequest, apiEvent } from "../../test/support/api-event.ts";
import { call as inline, Laptop, wait } from "../../test/support/laptop.ts";
import { validatedApi } from "../../test/support/validated-api.ts";
import { authorized, createApi, ROUTES } from "./handler.ts";
import { problemAnswer } from "./problem-answer.ts";

const document = {
  name: "w",
  tasks: [
    { name: "a", target: wait(600) },
    { name: "b", needs: ["a"], target: wait(1) },
  ],
};

let laptop: Laptop;
let plane: ControlPlane;
let logger: Logger;
const call = async (method: string, path: string, request?: ApiRequest) => {
  const { services } = laptop.system;
  const api = validatedApi(
    createApi({ plane, services, version: "1.2.3", logger, now: () => Date.UTC(2026, 0, 1), authenticate: () => LOCAL }),
  );
  const result = await api(apiEvent(method, path, request));
  return { status: result.statusCode, headers: result.headers ?? {}, body: JSON.parse(result.body ?? "null") };
};
const start = async (): Promise<string> => {
  await call("POST", "/v1/workflows", { body: document });
  return (await call("POST", "/v1/runs", { body: { workflow: "w" } })).body.run;
};

beforeEach(async () => {
  laptop = await Laptop.start({
    say: (input, { logger }) => {
      logger.info("said");
      return input;
    },
    fail: (_, { logger }) => {
      logger.warn("about to fail");
      throw new Error("broken");
    },
  });
  plane = laptop.plane;
  logger = silentLogger;
});
afterEach(() => laptop.stop());

describe("answers", () => {
  const MIXED = {
    name: "mixed",
    schedules: [{ expression: "rate(1 hour)" }],
    tasks: [
      { name: "good", target: inline("say"), payload: { rows: [1] } },
      { name: "bad", needs: ["good"], target: inline("fail"), retry: { attempts: 1 } },
    ],
  };

  it("match their schema on every route that looks", async () => {
    const { run } = await laptop.run(MIXED);
    const many = { name: "many", tasks: Array.from({ length: 10 }, (_, i) => ({ name: `t${i}`, target: inline("say") })) };
    for (let i = 0; i < 4; i++) await laptop.run(many);
    expect(await plane.trainForecasts({ force: true })).toMatchObject({ result: "promoted" });
    await call("POST", "/v1/workflows", { body: { ...MIXED, description: "again" } });
    const command = (await call("POST", "/v1/commands", { body: { command: "run_health_check" } })).body.id;
    while (!(await call("GET", `/v1/commands/${command}`)).body.endedAt) await new Promise((resolve) => setTimeout(resolve, 20));
    const backup = (await call("POST", "/v1/backups")).body.id;
    await call("POST", "/v1/config/parallel", { body: { changes: [{ path: "maxRunningTasks", value: 9 }] }, headers: { "if-match": "*" } });
    const { id } = await laptop.system.services.keys.create({ name: "k", role: "viewer" }, "test");
    await call("POST", "/v1/providers/gcp/reports", {
      body: { id: "r", at: "2026-01-01T00:00:00Z", metrics: [{ name: "cpu", value: 1 }] },
    });
    for (const route of ROUTES.filter(({ method, type }) => method === "GET" && type === undefined)) {
      for (const task of route.path.includes("{task}") ? ["good", "bad"] : [""]) {
        const path = route.path
          .replace("{run}", run)
          .replace("{task}", task)
          .replace("{name}", "mixed")
          .replace("{seq}", "1")
          .replace("{id}", id)
          .replace("{command}", command)
          .replace("{document}", "parallel")
          .replace("{backup}", backup);
        const answer = await call("GET", path, { query: route.path === "/v1/forecast/explain" ? { task: "many/t1" } : {} });
        expect(answer.status, route.path).toBe(200);
        expect((await route.answer()).safeParse(answer.body).error, `${route.path} ${task}`).toBeUndefined();
        if ("items" in answer.body) expect(answer.body.items, route.path).not.toEqual([]);
      }
    }
  });

  it("match their schema on every route that acts", async () => {
    const run = await start();
    const acts: readonly (readonly [path: string, status: number, body?: unknown])[] = [
      ["/v1/workflows", 200, document],
      ["/v1/workflows/validate", 200, document],
      ["/v1/runs", 202, { workflow: "w", inputs: { a: [1] }, priority: 9 }],
      ["/v1/forecast/train", 200, { force: true }],
      ["/v1/runs/{run}/pause", 200, { reason: "why" }],
      ["/v1/runs/{run}/resume", 200],
      ["/v1/runs/{run}/cancel", 200],
      ["/v1/runs/{run}/redrive", 200],
      ["/v1/commands", 202, { command: "run_health_check" }],
      ["/v1/keys", 201, { name: "ci", role: "operator", scopes: ["runs"], expiresAt: "2027-01-01T00:00:00Z" }],
      ["/v1/keys/{id}/rotate", 200],
      ["/v1/keys/{id}/revoke", 200],
      ["/v1/config/{document}", 200, { changes: [{ path: "maxRunningTasks", value: 9 }] }],
      ["/v1/config/{document}/rollback", 200, { to: 0 }],
      ["/v1/backups", 201],
      ["/v1/backups/{backup}/delete", 200],
      ["/v1/providers/gcp/reports", 200, { id: "r", at: "2026-01-01T00:00:00Z", metrics: [] }],
      ["/v1/providers/gcp/forget", 200],
    ];
    const { id } = await laptop.system.services.keys.create({ name: "k", role: "viewer" }, "test");
    let backup = "";
    for (const [path, status, body] of acts) {
      const at = path.replace("{run}", run).replace("{id}", id).replace("{document}", "parallel").replace("{backup}", backup);
      const answer = await call("POST", at, { headers: { "if-match": "*" }, ...(body === undefined ? {} : { body }) });
      if (path === "/v1/backups") backup = answer.body.id;
      expect(answer.status, path).toBe(status);
      const route = ROUTES.find((candidate) => candidate.method === "POST" && candidate.path === path.replace("gcp", "{provider}"));
      expect((await route?.answer())?.safeParse(answer.body).error, path).toBeUndefined();
      if (path.endsWith("/cancel")) await laptop.ended(run);
    }
    const settled = await call("POST", `/v1/runs/${run}/tasks/a/settle`, { body: { outcome: "retry" } });
    expect([settled.status, problemAnswer.safeParse(settled.body).success]).toEqual([409, true]);
    expect(acts.length + 1).toBe(ROUTES.filter(({ method }) => method === "POST").length);
  });

  it("tell times as ISO 8601 UTC with milliseconds, and count every state", async () => {
    const run = await start();
    await laptop.until(run, ({ tasks }) => tasks.a?.state === "running");
    const { body } = await call("GET", `/v1/runs/${run}`);
    expect(body.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body).toMatchObject({ endedAt: null, tasks: { pending: 1, running: 1, succeeded: 0, failed: 0 } });
  });

  it("say 201 for a new version, 200 for a known one, 202 with Location for a run", async () => {
    expect((await call("POST", "/v1/workflows", { body: document })).status).toBe(201);
    expect((await call("POST", "/v1/workflows", { body: document })).status).toBe(200);
    const run = await call("POST", "/v1/runs", { body: { workflow: "w" } });
    expect(run.status).toBe(202);
    expect(run.headers.location).toBe(`/v1/runs/${run.body.run}`);
  });

  it("carry security headers and the request id, errors too", async () => {
    for (const path of ["/v1/health", "/nowhere"]) {
      const { headers } = await call("GET", path);
      expect(headers).toMatchObject({ "x-request-id": "request-1", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    }
  });

  it("page with a cursor", async () => {
    await start();
    await call("POST", "/v1/runs", { body: { workflow: "w" } });
    const seen: string[] = [];
    for (let query: Record<string, string> | undefined = { limit: "1" }; query; ) {
      const { body }: { body: { items: { run: string }[]; next?: string } } = await call("GET", "/v1/runs", { query });
      expect(body.items.length).toBeLessThanOrEqual(1);
      seen.push(...body.items.map(({ run }) => run));
      query = body.next === undefined ? undefined : { limit: "1", after: body.next };
    }
    expect(new Set(seen).size).toBe(2);
    expect(seen).toHaveLength(2);
  });

  it("diff versions by task name", async () => {
    await call("POST", "/v1/workflows", { body: document });
    await call("POST", "/v1/workflows", {
      body: { ...document, tasks: [{ name: "z", target: wait(3) }, document.tasks[0]] },
    });
    const { body } = await call("GET", "/v1/workflows/w/diff");
    expect(body.changes).toEqual([
      { path: "$.tasks[b]", from: expect.objectContaining({ name: "b" }) },
      { path: "$.tasks[z]", to: expect.objectContaining({ name: "z" }) },
    ]);
    expect(body).toMatchObject({ from: { number: 1 }, to: { number: 2 } });
  });
});

describe("the audit", () => {
  const recorded = async () => (await call("GET", "/v1/audit")).body.items;

  it("has who did what, from where, and how it ended, for everything that changes something", async () => {
    const run = await start();
    await call("POST", `/v1/runs/${run}/cancel`, { body: { reason: "wrong day" } });
    await call("POST", "/v1/runs/unknown/cancel");
    const about = { who: "local", from: "127.0.0.1", requestId: "request-1" };
    expect(await recorded()).toEqual([
      expect.objectContaining({
        ...about,
        action: "run.cancel",
        subject: "unknown",
        outcome: "refused",
        after: { code: "QMOI_NOT_FOUND" },
      }),
      expect.objectContaining({ ...about, action: "run.cancel", subject: run, outcome: "done", reason: "wrong day" }),
      expect.objectContaining({
        ...about,
        action: "run.start",
        subject: run,
        outcome: "done",
        after: expect.objectContaining({ workflow: "w" }),
      }),
      expect.objectContaining({ ...about, action: "workflow.publish", subject: "w", outcome: "done" }),
    ]);
    expect((await call("GET", "/v1/audit/verification")).body).toMatchObject({ whole: true, records: 4, signed: 4 });
  });

  it("has what was refused for want of rights", async () => {
    const api = createApi({
      plane,
      services: laptop.system.services,
      version: "1",
      now: () => 0,
      authenticate: () => ({ id: "k", kind: "key", role: "viewer" }),
    });
    expect((await api(apiEvent("POST", "/v1/workflows", { body: document }))).statusCode).toBe(403);
    expect(await recorded()).toEqual([
      expect.objectContaining({ who: "k", action: "workflow.publish", outcome: "refused", after: { code: "QMOI_FORBIDDEN" } }),
    ]);
  });

  it("names what was changed and nothing else, also behind a gateway that hands on the whole path", async () => {
    const run = await start();
    const { services } = laptop.system;
    const api = createApi({ plane, services, version: "1", now: () => 0, authenticate: () => LOCAL });
    const event = apiEvent("POST", `/v1/runs/${run}/cancel`);
    expect((await api({ ...event, pathParameters: { proxy: `v1/runs/${run}/cancel` } })).statusCode).toBe(200);
    expect(await recorded()).toContainEqual(expect.objectContaining({ action: "run.cancel", subject: run }));
  });

  it("is named by every route that changes something, and by no other", () => {
    // A record of each report would be most of the audit.
    const others = ["/v1/workflows/validate", "/v1/providers/{provider}/reports"];
    const changing = ROUTES.filter(({ method, path }) => method !== "GET" && !others.includes(path));
    expect(changing.filter(({ audit }) => audit === undefined)).toEqual([]);
    expect(ROUTES.filter((route) => route.audit && !changing.includes(route))).toEqual([]);
  });
});

describe("the configuration", () => {
  const change = (headers: Record<string, string>, value = 9) =>
    call("POST", "/v1/config/parallel", { body: { changes: [{ path: "maxRunningTasks", value }], reason: "why" }, headers });

  it("is changed by who says which version", async () => {
    expect(await change({})).toMatchObject({ status: 428, body: { code: "QMOI_PRECONDITION_REQUIRED" } });
    const { headers, body } = await call("GET", "/v1/config/parallel");
    expect(headers.etag).toBe(body.etag);
    const changed = await change({ "if-match": body.etag });
    expect(changed).toMatchObject({ status: 200, body: { version: 1, reason: "why", changed: { maxRunningTasks: 9 } } });
    expect(changed.headers.etag).not.toBe(body.etag);
    expect(await change({ "if-match": body.etag }, 10)).toMatchObject({ status: 412, body: { code: "QMOI_PRECONDITION_FAILED" } });
    expect(await change({ "if-match": "*" }, 0)).toMatchObject({ status: 400, body: { code: "QMOI_INVALID_CONFIG" } });
  });
});

describe("Idempotency-Key", () => {
  it("gives the same run, and says so", async () => {
    await call("POST", "/v1/workflows", { body: document });
    const request = { body: { workflow: "w" }, headers: { "idempotency-key": "k" } };
    const first = await call("POST", "/v1/runs", request);
    const again = await call("POST", "/v1/runs", request);
    expect(again.body.run).toBe(first.body.run);
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.headers["idempotent-replayed"]).toBe("true");
  });

  it("is honoured on every POST: done once, answered alike, refused for another request, free again after a failure", async () => {
    const send = (path: string, body: unknown, key: string) => call("POST", path, { body, headers: { "idempotency-key": key } });
    const first = await send("/v1/workflows", document, "publish");
    const again = await send("/v1/workflows", document, "publish");
    expect([again.status, again.body, again.headers["idempotent-replayed"]]).toEqual([201, first.body, "true"]);
    expect((await send("/v1/workflows/validate", document, "publish")).body.code).toBe("QMOI_IDEMPOTENCY_MISMATCH");
    expect((await send("/v1/workflows", { ...document, name: "other" }, "publish")).body.code).toBe("QMOI_IDEMPOTENCY_MISMATCH");
    const run = await start();
    expect((await send("/v1/runs/unknown/cancel", {}, "cancel")).status).toBe(404);
    expect((await send(`/v1/runs/${run}/cancel`, {}, "cancel")).status).toBe(200);
    expect((await send(`/v1/runs/${run}/cancel`, {}, "cancel")).headers["idempotent-replayed"]).toBe("true");
    for (const path of ROUTES.filter(({ method }) => method === "POST").map((route) => route.path)) {
      expect((await send(path, {}, "")).body, path).toMatchObject({ code: "QMOI_INVALID_INPUT" });
    }
  });

  it("tells a key's text once", async () => {
    const request = { body: { name: "k", role: "viewer" }, headers: { "idempotency-key": "create" } };
    const first = (await call("POST", "/v1/keys", request)).body;
    const { key, ...rest } = first;
    expect(key).toMatch(/^qmoi_/);
    expect((await call("POST", "/v1/keys", request)).body).toEqual(rest);
    const created = (await call("GET", "/v1/audit", { query: { action: "key.create" } })).body.items;
    expect(created).toHaveLength(1);
  });

  it("is refused when it is not a printable key", async () => {
    const answer = await call("POST", "/v1/runs", { body: { workflow: "w" }, headers: { "idempotency-key": "" } });
    expect(answer.body).toMatchObject({ code: "QMOI_INVALID_INPUT", path: "$.headers" });
  });
});

describe("bad requests", () => {
  const problem = async (method: string, path: string, request?: ApiRequest) => {
    const answer = await call(method, path, request);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    return problemAnswer.parse(answer.body);
  };

  it.each<[string, string, string, ApiRequest, string, string | undefined]>([
    ["unknown route", "GET", "/v2/runs", {}, "QMOI_NOT_FOUND", undefined],
    ["hostile path", "GET", "/v1/runs/../../etc/passwd", {}, "QMOI_NOT_FOUND", undefined],
    ["prototype path", "GET", "/__proto__", {}, "QMOI_NOT_FOUND", undefined],
    ["malformed percent-encoding", "GET", "/v1/runs/%E0%A4%A", {}, "QMOI_INVALID_INPUT", "$.path.run"],
    ["encoded NUL", "GET", "/v1/runs/%00", {}, "QMOI_INVALID_INPUT", "$.path.run"],
    ["wrong method", "DELETE", "/v1/runs", {}, "QMOI_METHOD_NOT_ALLOWED", undefined],
    ["unknown query", "GET", "/v1/runs", { query: { limt: "1" } }, "QMOI_INVALID_INPUT", "$.query.limt"],
    ["limit 0", "GET", "/v1/runs", { query: { limit: "0" } }, "QMOI_INVALID_INPUT", "$.query.limit"],
    ["limit as a list", "GET", "/v1/runs", { query: { limit: "1,2" } }, "QMOI_INVALID_INPUT", "$.query.limit"],
    ["limit over the most", "GET", "/v1/runs", { query: { limit: "1001" } }, "QMOI_INVALID_INPUT", "$.query.limit"],
    ["unknown state", "GET", "/v1/runs", { query: { state: "done" } }, "QMOI_INVALID_INPUT", "$.query.state"],
    ["no body", "POST", "/v1/runs", {}, "QMOI_INVALID_INPUT", "$.body"],
    ["unknown key", "POST", "/v1/runs", { body: { workflow: "w", imputs: {} } }, "QMOI_INVALID_INPUT", "$.body.imputs"],
    ["broken JSON", "POST", "/v1/runs", { body: "{" }, "QMOI_INVALID_JSON", "line 1:2 $"],
    ["deep JSON", "POST", "/v1/workflows", { body: `${"[".repeat(1e6)}${"]".repeat(1e6)}` }, "QMOI_INVALID_JSON", undefined],
    [
      "wrong content type",
      "POST",
      "/v1/runs",
      { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
      "QMOI_UNSUPPORTED_MEDIA",
      "$.headers.content-type",
    ],
    [
      "form without body",
      "POST",
      "/v1/runs/x/cancel",
      { headers: { "content-type": "text/plain" } },
      "QMOI_UNSUPPORTED_MEDIA",
      "$.headers.content-type",
    ],
    [
      "body over the limit",
      "POST",
      "/v1/runs",
      { body: { workflow: "w", inputs: { a: "x".repeat(300_000) } } },
      "QMOI_TOO_LARGE",
      "$.body",
    ],
    ["document over the limit", "POST", "/v1/workflows", { body: { name: "x".repeat(9e6) } }, "QMOI_TOO_LARGE", "$.body"],
    ["body where none is taken", "GET", "/v1/runs", { body: { a: 1 } }, "QMOI_INVALID_INPUT", "$.body"],
    ["invalid workflow", "POST", "/v1/workflows", { body: { name: "w" } }, "QMOI_INVALID_WORKFLOW", "$.tasks"],
    ["run of an unknown workflow", "POST", "/v1/runs", { body: { workflow: "nope" } }, "QMOI_NOT_FOUND", undefined],
    ["no version before", "GET", "/v1/workflows/nope/diff", {}, "QMOI_NOT_FOUND", undefined],
  ])("%s", async (_, method, path, request, code, at) => {
    expect(await problem(method, path, request)).toMatchObject({ code, ...(at === undefined ? {} : { path: at }) });
  });

  it("tells the methods that a path takes", async () => {
    expect((await call("PUT", "/v1/runs/x")).headers.allow).toBe("GET");
    expect((await call("PUT", "/v1/runs")).headers.allow).toBe("POST, GET");
  });

  it("takes a body in base64", async () => {
    expect((await call("POST", "/v1/workflows", { body: document, base64: true })).status).toBe(201);
  });

  it("takes a body of up to 8 MB for a workflow", async () => {
    expect((await call("POST", "/v1/workflows", { body: { ...document, description: "x".repeat(300_000) } })).body.code).toBe(
      "QMOI_INVALID_WORKFLOW",
    );
  });
});

describe("a defect", () => {
  it("is a 500 without its message or stack, and is logged under the request id", async () => {
    const lines: unknown[] = [];
    logger = { log: (level, message, fields) => lines.push({ level, message, ...fields }) };
    const defect = new Error("password hunter2 in /secret/path");
    plane = { ...plane, runs: () => Promise.reject(defect) };
    const answer = await call("GET", "/v1/runs");
    expect(answer.body).toMatchObject({ status: 500, code: "QMOI_INTERNAL", requestId: "request-1" });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|secret|handler\.ts/);
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", requestId: "request-1", error: defect }));
  });
});

describe("roles", () => {
  it("let a principal do what its role may, and no more", async () => {
    for (const role of ROLES) {
      const api = createApi({
        plane,
        services: laptop.system.services,
        version: "1",
        now: () => 0,
        authenticate: () => ({ id: "k", kind: "key", role }),
      });
      const status = async (method: string, path: string, request?: ApiRequest) => (await api(apiEvent(method, path, request))).statusCode;
      expect(await status("GET", "/v1/runs"), role).toBe(200);
      const created = { viewer: 403, operator: 201, master: 200 }[role];
      expect(await status("POST", "/v1/workflows", { body: document }), role).toBe(created);
    }
  });

  it("come with the event where the gateway asked its authorizer", async () => {
    const api = createApi({ plane, services: laptop.system.services, version: "1", now: () => 0 });
    expect((await api(apiEvent("GET", "/v1/runs"))).statusCode).toBe(401);
    expect((await api(authorized(apiEvent("GET", "/v1/runs"), { id: "k", kind: "key", role: "viewer" }))).statusCode).toBe(200);
    expect((await api(authorized(apiEvent("GET", "/v1/runs"), { id: "k", kind: "key", role: "owner" as "viewer" }))).statusCode).toBe(401);
  });
});

describe("authentication", () => {
  const status = async (path: string, allowed: boolean): Promise<number | undefined> => {
    const api = createApi({
      plane,
      services: laptop.system.services,
      version: "1",
      now: () => 0,
      authenticate: () => (allowed ? LOCAL : undefined),
    });
    return (await api(apiEvent("GET", path))).statusCode;
  };

  it("is asked for on every path but health", async () => {
    expect(await status("/v1/health", false)).toBe(200);
    for (const path of ["/v1/runs", "/v1/health/x", "/nowhere", "/v1/runs/%ff"]) expect(await status(path, false), path).toBe(401);
    expect(await status("/v1/runs", true)).toBe(200);
  });
});
