import { LOCAL } from "@qmoi/core";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { apiEvent } from "../../test/support/api-event.ts";
import { Laptop } from "../../test/support/laptop.ts";
import { createApi, ROUTES } from "./handler.ts";
import { openApiOf } from "./openapi.ts";

const document = await openApiOf(ROUTES, "1.2.3");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

let laptop: Laptop;
beforeAll(async () => {
  laptop = await Laptop.start();
});
afterAll(() => laptop.stop());
const get = async (path: string) => {
  const { plane, services } = laptop.system;
  return createApi({ plane, services, version: "1.2.3", now: () => 0, authenticate: () => LOCAL })(apiEvent("GET", path));
};

it("is what a linter accepts, without a warning", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: "openapi.json", config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
});

it("describes the router's routes, all of them and no other", () => {
  expect(operations.map(({ name }) => name).sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
});

it("says which operations need no credentials, and that every POST takes an idempotency key", () => {
  for (const { method, path, role } of ROUTES) {
    const operation = document.paths[path]?.[method.toLowerCase()];
    expect("security" in (operation ?? {}), path).toBe(role === undefined);
    expect(operation?.parameters?.some(({ name }) => name === "Idempotency-Key") ?? false, path).toBe(method === "POST");
  }
});

it("is served, and as a page that loads and runs nothing", async () => {
  expect(JSON.parse((await get("/v1/openapi.json")).body ?? "")).toEqual(JSON.parse(JSON.stringify(document)));
  const page = await get("/docs");
  expect(page.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
  });
  for (const { operation } of operations) expect(page.body).toContain(`id="${operation.operationId}"`);
  expect(page.body).not.toMatch(/<script|https?:\/\/|\son\w+=/);
});
