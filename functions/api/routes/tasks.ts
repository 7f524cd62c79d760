import { renderExplanation, renderLog, renderPage, renderRun, renderTask } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

export const taskRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/runs/{run}/tasks",
    role: "viewer",
    summary: "List a run's tasks in the order of the definition.",
    query: async () => (await schemas()).tasksQuery,
    answer: async () => (await lists()).pageOf((await answers()).taskAnswer),
    handle: async ({ plane, params, query }) => ({ body: renderPage(await plane.tasks(params.run ?? "", query), renderTask) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/runs/{run}/tasks/{task}",
    role: "viewer",
    summary: "Why a task is where it is, since when, and its attempts.",
    answer: async () => (await answers()).explanationAnswer,
    handle: async ({ plane, params }) => ({ body: renderExplanation(await plane.explain(params.run ?? "", params.task ?? "")) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/runs/{run}/tasks/{task}/logs",
    role: "viewer",
    summary: "Captured output in order. While the attempt runs, `next` is present: ask again with it as `after`.",
    query: async () => (await schemas()).logsQuery,
    answer: async () => (await lists()).pageOf((await answers()).logAnswer),
    handle: async ({ plane, params, query }) => ({
      body: renderPage(await plane.logs(params.run ?? "", params.task ?? "", query), renderLog),
    }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/runs/{run}/tasks/{task}/settle",
    role: "operator",
    summary: "Decide a held task, whose effect may happen only once and whose outcome is unknown.",
    audit: "task.settle",
    body: async () => (await schemas()).settleBody,
    answer: async () => (await answers()).runAnswer,
    handle: async ({ plane, params, body }) => ({
      body: renderRun(await plane.settle(params.run ?? "", params.task ?? "", body.outcome, body.reason)),
      audit: { after: { outcome: body.outcome } },
    }),
  }),
];
