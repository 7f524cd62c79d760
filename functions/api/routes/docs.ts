import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");

export const docsRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This description of the API.",
    answer: async () => (await answers()).descriptionAnswer,
    handle: async ({ describe }) => ({ body: { ...(await describe()) } }),
  }),
  defineRoute({
    method: "GET",
    path: "/docs",
    summary: "This description as a page.",
    type: "text/html",
    answer: async () => (await answers()).pageAnswer,
    handle: async ({ describe }) => {
      const { DOCS_HEADERS, docsPage } = await import("../docs-page.ts");
      return { body: docsPage(await describe()), headers: DOCS_HEADERS };
    },
  }),
];
