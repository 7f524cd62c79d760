import { SystemClock } from "@qmoi/adapters";
import { ROLES, type Role } from "@qmoi/core";
import { SCOPES } from "@qmoi/master-automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiEvent } from "../../test/support/api-event.ts";
import { Laptop } from "../../test/support/laptop.ts";
import { validatedApi } from "../../test/support/validated-api.ts";
import { createAuthorizer } from "../authorizer/handler.ts";
import { type ApiEvent, type ApiResult, createApi, principalOf, ROUTES, type Route } from "./handler.ts";
import { problemAnswer } from "./problem-answer.ts";
import { scopeOf } from "./routes/index.ts";

let laptop: Laptop;
let ask: (route: Route, key: string | undefined) => Promise<ApiResult>;
const keyOf: Record<string, string> = {};

beforeAll(async () => {
  laptop = await Laptop.start();
  const { services, plane } = laptop.system;
  const clock = Object.assign(new SystemClock(), { now: () => Date.now() });
  const authorizer = createAuthorizer({ ...services, clock });
  const api = validatedApi(createApi({ plane, services, version: "1", now: () => clock.now(), authenticate: principalOf }));
  ask = async ({ method, path }, key) => {
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    // Every address once: failures of one must not decide about the next.
    const event = apiEvent(method, path.replace(/\{\w+\}/g, "1"), { headers });
    Object.assign(event.requestContext.http, { sourceIp: `10.0.${Math.floor(++asked / 250)}.${asked % 250}` });
    const { isAuthorized, context } = await authorizer(event);
    const requestContext = { ...event.requestContext, authorizer: { lambda: context } };
    return api(isAuthorized ? ({ ...event, requestContext } as ApiEvent) : event);
  };
  const { keys } = services;
  for (const role of ROLES) keyOf[role] = (await keys.create({ name: role, role }, "test")).key;
  for (const scope of SCOPES) keyOf[`only ${scope}`] = (await keys.create({ name: scope, role: "master", scopes: [scope] }, "test")).key;
  keyOf.expired = (await keys.create({ name: "expired", role: "master", until: Date.now() - 1 }, "test")).key;
  const revoked = await keys.create({ name: "revoked", role: "master" }, "test");
  await keys.revoke(revoked.id);
  keyOf.revoked = revoked.key;
  keyOf.wrong = `${keyOf.master?.slice(0, -8)}${"0".repeat(8)}`;
});
let asked = 0;
afterAll(() => laptop.stop());

const names = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
const below = (role: Role): readonly Role[] => ROLES.slice(0, ROLES.indexOf(role));
const codeOf = ({ body }: ApiResult): string => problemAnswer.parse(JSON.parse(body ?? "")).code;

describe.each(names)("%s", (_, route) => {
  const { role } = route;

  it("answers nobody whose credentials are missing, wrong, expired, revoked or too low", async () => {
    if (!role) {
      expect((await ask(route, undefined)).statusCode).toBe(200);
      return;
    }
    for (const name of ["none", "wrong", "expired", "revoked"]) {
      const answer = await ask(route, keyOf[name]);
      expect([name, answer.statusCode, codeOf(answer)]).toEqual([name, 401, "QMOI_UNAUTHORIZED"]);
      expect(answer.body, name).not.toMatch(/expired|revoked|wrong/);
    }
    for (const low of below(role)) expect([low, codeOf(await ask(route, keyOf[low]))]).toEqual([low, "QMOI_FORBIDDEN"]);
    for (const enough of ROLES.slice(ROLES.indexOf(role)))
      expect([401, 403], enough).not.toContain((await ask(route, keyOf[enough])).statusCode);
  });

  it("holds a key to its scopes", async () => {
    if (!role) return;
    const scope = scopeOf(route.path);
    expect(SCOPES).toContain(scope);
    const other = scope === "runs" ? "audit" : "runs";
    expect(codeOf(await ask(route, keyOf[`only ${other}`]))).toBe("QMOI_FORBIDDEN");
    expect([401, 403]).not.toContain((await ask(route, keyOf[`only ${scope}`])).statusCode);
  });

  it("answers with security headers and the request's id, whoever asks", async () => {
    for (const key of [undefined, keyOf.master]) {
      expect((await ask(route, key)).headers).toMatchObject({
        "x-request-id": "request-1",
        "cache-control": "no-store",
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "strict-transport-security": expect.stringContaining("max-age="),
      });
    }
  });
});

it("at most health and the description of the API are open", () => {
  expect(ROUTES.filter(({ role }) => !role).map(({ path }) => path)).toEqual(["/v1/health", "/v1/openapi.json", "/docs"]);
});

it("a revocation holds at once", async () => {
  const { keys } = laptop.system.services;
  const { id, key } = await keys.create({ name: "k", role: "viewer" }, "test");
  const runs = ROUTES.find(({ path, method }) => path === "/v1/runs" && method === "GET") as Route;
  expect((await ask(runs, key)).statusCode).toBe(200);
  await keys.revoke(id);
  expect((await ask(runs, key)).statusCode).toBe(401);
});
