import { QmoiError } from "@qmoi/core";
import { renderKey, renderPage } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

export const keyRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/v1/keys",
    role: "master",
    summary: "Create an API key. Its text is told once.",
    status: 201,
    audit: "key.create",
    toldOnce: ["key"],
    body: async () => (await schemas()).createKeyBody,
    answer: async () => (await answers()).issuedKeyAnswer,
    handle: async ({ keys, who, now, body: { name, role, scopes, expiresAt } }) => {
      const until = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      if (until !== undefined && until <= now())
        throw new QmoiError("QMOI_INVALID_INPUT", "expiresAt has passed already.", { path: "$.body.expiresAt" });
      const request = { name, role, ...(scopes ? { scopes } : {}), ...(until === undefined ? {} : { until }) };
      const issued = await keys.create(request, who.id);
      return {
        body: { ...renderKey(issued), key: issued.key },
        audit: { subject: issued.id, after: request },
        headers: { location: `/v1/keys/${issued.id}` },
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/keys",
    role: "master",
    summary: "List API keys, without their texts.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await answers()).keyAnswer),
    handle: async ({ keys, query }) => ({ body: renderPage(await keys.list(query), renderKey) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/keys/{id}",
    role: "master",
    summary: "One API key, without its text.",
    answer: async () => (await answers()).keyAnswer,
    handle: async ({ keys, params }) => ({ body: renderKey(await keys.key(params.id ?? "")) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/keys/{id}/revoke",
    role: "master",
    summary: "End an API key for good.",
    audit: "key.revoke",
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await answers()).keyAnswer,
    handle: async ({ keys, params }) => ({ body: renderKey(await keys.revoke(params.id ?? "")) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/keys/{id}/rotate",
    role: "master",
    summary: "Give an API key a new text, told once; the old one counts no longer.",
    audit: "key.rotate",
    toldOnce: ["key"],
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await answers()).issuedKeyAnswer,
    handle: async ({ keys, params }) => {
      const issued = await keys.rotate(params.id ?? "");
      return { body: { ...renderKey(issued), key: issued.key } };
    },
  }),
];
