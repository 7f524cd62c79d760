import * as z from "zod";
import { DOCS_HEADERS, docsPage } from "../docs-page.ts";
import { defineRoute, type Route } from "../route.ts";
import { noQuery } from "../schemas.ts";

export const docsRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This description of the API.",
    query: noQuery,
    answer: z.record(z.string(), z.unknown()),
    handle: async ({ describe }) => ({ body: { ...describe() } }),
  }),
  defineRoute({
    method: "GET",
    path: "/docs",
    summary: "This description as a page.",
    type: "text/html",
    query: noQuery,
    answer: z.string(),
    handle: async ({ describe }) => ({ body: docsPage(describe()), headers: DOCS_HEADERS }),
  }),
];
