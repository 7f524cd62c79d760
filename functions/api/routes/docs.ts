import * as z from "zod";
import { defineRoute, type Route } from "../route.ts";
import { noQuery } from "../schemas.ts";

export const docsRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This description of the API.",
    query: noQuery,
    answer: async () => z.record(z.string(), z.unknown()),
    handle: async ({ describe }) => ({ body: { ...(await describe()) } }),
  }),
  defineRoute({
    method: "GET",
    path: "/docs",
    summary: "This description as a page.",
    type: "text/html",
    query: noQuery,
    answer: async () => z.string(),
    handle: async ({ describe }) => {
      const { DOCS_HEADERS, docsPage } = await import("../docs-page.ts");
      return { body: docsPage(await describe()), headers: DOCS_HEADERS };
    },
  }),
];
