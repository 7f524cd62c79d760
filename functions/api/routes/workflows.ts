import { diffDocuments } from "@qmoi/advanced-automation";
import { type Json, NotFoundError } from "@qmoi/core";
import type { ControlPlane, WorkflowView } from "@qmoi/runtime";
import { renderPage, renderWorkflow } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

type Document = Parameters<ControlPlane["publish"]>[0];
const documentOf = (body: Record<string, unknown>): Document => body as unknown as Document;
const side = (view: WorkflowView): { version: string; number: number } => ({ version: view.version, number: view.number });

export const workflowRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/v1/workflows",
    role: "operator",
    summary: "Publish a workflow: 201 for a new version, 200 if this content was published before.",
    audit: "workflow.publish",
    body: async () => (await schemas()).documentBody,
    answer: async () => (await answers()).publishedAnswer,
    status: 201,
    statuses: [200],
    handle: async ({ plane, body }) => {
      const view = await plane.publish(documentOf(body));
      return {
        status: view.created ? 201 : 200,
        body: { ...renderWorkflow(view), created: view.created },
        audit: { subject: view.name, after: { version: view.version, created: view.created } },
        headers: { location: `/v1/workflows/${encodeURIComponent(view.name)}?version=${view.version}` },
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/workflows/validate",
    role: "viewer",
    summary: "Check a workflow as publishing would, and store nothing.",
    body: async () => (await schemas()).documentBody,
    answer: async () => (await answers()).publishedAnswer,
    handle: async ({ plane, body }) => {
      const view = await plane.validate(documentOf(body));
      return { body: { ...renderWorkflow(view), created: view.created } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/workflows",
    role: "viewer",
    summary: "List the latest version of each workflow.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await answers()).workflowAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.workflows(query), renderWorkflow) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/workflows/{name}",
    role: "viewer",
    summary: "One version of a workflow with its definition; the latest unless `version` says otherwise.",
    query: async () => (await schemas()).versionQuery,
    answer: async () => (await answers()).definitionAnswer,
    handle: async ({ plane, params, query }) => {
      const view = await plane.workflow(params.name ?? "", query.version);
      return { body: { ...renderWorkflow(view), definition: view.definition } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/workflows/{name}/versions",
    role: "viewer",
    summary: "List a workflow's versions, newest first.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await answers()).workflowAnswer),
    handle: async ({ plane, params, query }) => ({ body: renderPage(await plane.versions(params.name ?? "", query), renderWorkflow) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/workflows/{name}/diff",
    role: "viewer",
    summary: "Differences between two versions; otherwise between the one before the latest and the latest.",
    query: async () => (await schemas()).diffQuery,
    answer: async () => (await answers()).diffAnswer,
    handle: async ({ plane, params, query }) => {
      const name = params.name ?? "";
      const to = await plane.workflow(name, query.to);
      const from = await plane.workflow(name, query.from ?? (await versionBefore(plane, to)));
      return {
        body: {
          workflow: name,
          from: side(from),
          to: side(to),
          changes: diffDocuments(from.definition as unknown as Json, to.definition as unknown as Json).map((change) => ({ ...change })),
        },
      };
    },
  }),
];

const versionBefore = async (plane: ControlPlane, view: WorkflowView): Promise<string> => {
  for (let after: string | undefined; ; ) {
    const page = await plane.versions(view.name, after === undefined ? {} : { after });
    const found = page.items.find((other) => other.number === view.number - 1);
    if (found) return found.version;
    if (page.next === undefined)
      throw new NotFoundError(`Workflow ${view.name} has no version before ${view.version}.`, { path: "$.query.from" });
    after = page.next;
  }
};
