import { LOCAL, silentLogger } from "@qmoi/core";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { apiEvent } from "../../test/support/api-event.ts";
import { fromSchema } from "../../test/support/from-schema.ts";
import { Laptop, wait } from "../../test/support/laptop.ts";
import { validatedApi } from "../../test/support/validated-api.ts";
import { createApi, ROUTES } from "./handler.ts";
import { openApiOf } from "./openapi.ts";
import { problemAnswer } from "./problem-answer.ts";

const document = { name: "w", tasks: [{ name: "a", target: wait(0) }] };
const laptop = await Laptop.start();
afterAll(() => laptop.stop());
const api = validatedApi(
  createApi({
    plane: laptop.plane,
    services: laptop.system.services,
    version: "1.0.0",
    logger: silentLogger,
    now: () => 0,
    authenticate: () => LOCAL,
  }),
);

await api(apiEvent("POST", "/v1/workflows", { body: document }));
const known: string = JSON.parse((await api(apiEvent("POST", "/v1/runs", { body: { workflow: "w" } }))).body ?? "").run;

const hostile = fc.constantFrom(
  "%",
  "%ff",
  "%00",
  "..",
  "%2e%2e%2f",
  "__proto__",
  "constructor",
  "a/b",
  "a b",
  "\u0000",
  "😀",
  "x".repeat(5000),
  "{run}",
  "null",
);
const word = fc.oneof(fc.constantFrom("w", "a", known, "latest", "1", "0", "-1", "1e9"), hostile, fc.string({ maxLength: 30 }));

/** A route of the table with its parameters filled in, or any path at all. */
const target = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ route: fc.constantFrom(...ROUTES), words: fc.tuple(word, word) }).map(({ route, words }) => ({
      method: route.method,
      path: route.path.replace(/\{(\w+)\}/g, (_, name) => words[name === "task" ? 1 : 0]),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
      path: fc.oneof(
        fc.constantFrom("/v1/runs", "/v1/workflows", "/v1", "/"),
        word.map((w) => `/${w}`),
        word.map((w) => `/v1/${w}`),
      ),
    }),
  },
);

const names = ["limit", "after", "state", "workflow", "type", "run", "by", "days", "day", "attempt", "next", "version", "from", "to"];
const query = fc.dictionary(
  fc.oneof(fc.constantFrom(...names), word),
  fc.oneof(fc.constantFrom("1", "running", "day", "2026-01-01", "0"), word),
  { maxKeys: 3 },
);

/** A body that the route takes, with one thing changed, or any JSON, or any text. */
const body = fc.oneof(
  fc.constantFrom<unknown>(
    document,
    { workflow: "w" },
    { workflow: "w", inputs: { a: 1 }, priority: 3 },
    { reason: "r" },
    { outcome: "retry" },
    undefined,
  ),
  fc.record(
    { workflow: fc.oneof(fc.constant("w"), fc.jsonValue()), inputs: fc.jsonValue(), priority: fc.jsonValue(), reason: fc.jsonValue() },
    { requiredKeys: [] },
  ),
  fc.record({ name: fc.jsonValue(), tasks: fc.array(fc.oneof(fc.constant(document.tasks[0]), fc.jsonValue())) }, { requiredKeys: [] }),
  fc.jsonValue(),
  fc.string(),
  fc.constantFrom("{", '{"a":1,"a":2}', '{"__proto__":{}}', "[".repeat(100_000), "\ufeff{}", "1e999", '"\\ud800"'),
);
const headers = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=utf-8",
      "text/plain",
      "application/problem+json",
      "multipart/form-data",
      "",
      "application/json; charset=utf-16",
    ),
    "idempotency-key": fc.oneof(fc.string(), fc.constant("k")),
    accept: fc.string(),
  },
  { requiredKeys: [] },
);
/** What the route takes. */
const usualBody = (method: string, path: string, n: number): unknown => {
  if (method !== "POST") return undefined;
  if (path.startsWith("/v1/workflows")) return { ...document, name: `w${n}` };
  if (path.endsWith("/settle")) return { outcome: "retry" };
  return path === "/v1/runs" ? { workflow: "w" } : { reason: "r" };
};

/** Mostly whole, so that what is wrong is one thing at a time. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const request = fc.record({
  target,
  query: mostly({}, query),
  headers: mostly({}, headers),
  base64: fc.boolean(),
  fuzz: mostly<{ body: unknown } | undefined>(undefined, fc.record({ body })),
  n: fc.nat(50),
});

/** Chance draws one like it almost always; the rest of the times it is here. */
const almostAWorkflow = {
  target: { method: "POST" as const, path: "/v1/workflows" },
  query: {},
  headers: {},
  base64: false,
  fuzz: { body: { ...document, tasks: [] } },
  n: 0,
};

describe("random requests", () => {
  it("always get an answer that is a success or a coded problem, never a 500", async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ target: { method, path }, fuzz, n, ...rest }) => {
        const sent = fuzz ? fuzz.body : usualBody(method, path, n);
        const result = await api(apiEvent(method, path, { ...rest, body: sent }));
        const status = result.statusCode ?? 0;
        const answer = String(result.headers?.["content-type"]).startsWith("text/html") ? {} : JSON.parse(result.body ?? "");
        if (status >= 300) expect(problemAnswer.parse(answer).status).toBe(status);
        expect(status, JSON.stringify(answer)).toBeLessThan(500);
        seen.set(`${status} ${status >= 300 ? answer.code : ""}`, (seen.get(`${status} ${status >= 300 ? answer.code : ""}`) ?? 0) + 1);
      }),
      { numRuns: 1500, examples: [[almostAWorkflow]] },
    );
    // The generator must reach the routes, not only their gate.
    for (const outcome of [
      "200 ",
      "201 ",
      "202 ",
      "400 QMOI_INVALID_INPUT",
      "400 QMOI_INVALID_JSON",
      "400 QMOI_INVALID_WORKFLOW",
      "404 QMOI_NOT_FOUND",
      "405 QMOI_METHOD_NOT_ALLOWED",
      "415 QMOI_UNSUPPORTED_MEDIA",
    ]) {
      expect([...seen.keys()]).toContain(outcome);
    }
  });
});

describe("what each route's schema nearly says", async () => {
  const described = await openApiOf(ROUTES, "1.0.0");
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

  it.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s is answered, never with a 500",
    async (_, { method, path }) => {
      const { parameters = [], requestBody } = described.paths[path]?.[method.toLowerCase()] ?? {};
      const query = fc.record(
        Object.fromEntries(parameters.filter((one) => one.in === "query").map(({ name, schema }) => [name, fromSchema(schema)])),
        { requiredKeys: [] },
      );
      const body = requestBody ? fromSchema(requestBody.content["application/json"]?.schema) : fc.constant(undefined);
      const where = fc.tuple(word, word).map((words) => path.replace(/\{(\w+)\}/g, (_, name) => words[name === "task" ? 1 : 0] ?? ""));
      await fc.assert(
        fc.asyncProperty(where, query, body, async (at, asked, sent) => {
          const queried = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, text(value)]));
          const { statusCode = 0, body: answer } = await api(
            apiEvent(method, at, { query: queried, ...(sent === undefined ? {} : { body: JSON.stringify(sent) }) }),
          );
          expect(statusCode, answer).toBeLessThan(500);
        }),
        { numRuns: 40 },
      );
    },
  );
});
