import { QmoiError } from "@qmoi/core";
import type { ConfigView } from "@qmoi/runtime";
import type * as z from "zod";
import type { configAnswer } from "../governance-answers.ts";
import { iso, renderPage } from "../render.ts";
import { type Answer, type Call, defineRoute, type Route } from "../route.ts";

const governanceAnswers = () => import("../governance-answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

const renderView = ({ at, who, reason, changed, invalid, paths, ...view }: ConfigView): z.output<typeof configAnswer> => ({
  ...view,
  paths: [...paths],
  changed: changed ?? {},
  at: at === undefined ? null : iso(at),
  who: who ?? null,
  reason: reason ?? null,
  invalid: invalid ?? null,
});

const withEtag = (view: ConfigView): Answer<z.output<typeof configAnswer>> => ({
  body: renderView(view),
  headers: { etag: view.etag },
});

/** Errors: QMOI_PRECONDITION_REQUIRED. `*`: whatever it is now. */
const ifMatch = ({ headers }: Call<never, unknown>): { etag?: string } => {
  const etag = headers["if-match"];
  if (etag === undefined) throw new QmoiError("QMOI_PRECONDITION_REQUIRED", "The request has no If-Match: another change could be lost.");
  return etag.trim() === "*" ? {} : { etag: etag.trim() };
};

const actor = ({ who, from, requestId }: Call<never, unknown>, reason: string | undefined) => ({
  who,
  from,
  requestId,
  ...(reason === undefined ? {} : { reason }),
});

export const configRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/config",
    role: "viewer",
    summary: "List the documents of the configuration as they hold now, with what was changed at run time.",
    answer: async () => (await lists()).listOf((await governanceAnswers()).configAnswer),
    handle: async ({ configuration }) => ({ body: { items: (await configuration.list()).map(renderView) } }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/config/{document}",
    role: "viewer",
    summary: "One document, with its ETag.",
    answer: async () => (await governanceAnswers()).configAnswer,
    handle: async ({ configuration, params }) => withEtag(await configuration.view(params.document ?? "")),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/config/{document}",
    role: "master",
    audit: "config.set",
    summary: "Change a document at run time. If-Match says which version is changed, or `*` for whatever it is now.",
    body: async () => (await schemas()).setConfigBody,
    answer: async () => (await governanceAnswers()).configAnswer,
    handle: async (call) => {
      const { configuration, params, body } = call;
      const request = { changes: body.changes, ...ifMatch(call as never) };
      const view = await configuration.set(params.document ?? "", request, actor(call as never, body.reason));
      return { ...withEtag(view), recorded: true };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/config/{document}/history",
    role: "viewer",
    summary: "List what was changed of a document at run time, newest first.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await governanceAnswers()).configVersionAnswer),
    handle: async ({ configuration, params, query }) => ({
      body: renderPage(await configuration.history(params.document ?? "", query), ({ at, reason, ...version }) => ({
        ...version,
        at: iso(at),
        reason: reason ?? null,
      })),
    }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/config/{document}/diff",
    role: "viewer",
    summary: "Differences between two versions; otherwise between the file (version 0) and now.",
    query: async () => (await schemas()).configDiffQuery,
    answer: async () => (await lists()).listOf((await governanceAnswers()).differenceAnswer),
    handle: async ({ configuration, params, query }) => ({
      body: { items: (await configuration.diff(params.document ?? "", query)).map((difference) => ({ ...difference })) },
    }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/config/{document}/rollback",
    role: "master",
    audit: "config.rollback",
    summary: "Make a document as it was in a version; 0 is the file. If-Match as for a change.",
    body: async () => (await schemas()).rollbackBody,
    answer: async () => (await governanceAnswers()).configAnswer,
    handle: async (call) => {
      const { configuration, params, body } = call;
      const request = { to: body.to, ...ifMatch(call as never) };
      const view = await configuration.rollback(params.document ?? "", request, actor(call as never, body.reason));
      return { ...withEtag(view), recorded: true };
    },
  }),
];
