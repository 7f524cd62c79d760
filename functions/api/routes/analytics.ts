import { iso, renderAttempt, renderDeadLetter, renderPage, renderSchedule } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

export const analyticsRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/health",
    summary: "Whether the server answers.",
    answer: async () => (await answers()).healthAnswer,
    handle: async ({ version, now }) => ({ body: { status: "ok" as const, version, time: iso(now()) } }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/history",
    role: "viewer",
    summary: "List attempts, newest first.",
    query: async () => (await schemas()).historyQuery,
    answer: async () => (await lists()).pageOf((await answers()).attemptAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.history(query), renderAttempt) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/stats",
    role: "viewer",
    summary: "Success rate, run times in seconds and throughput per workflow, task type or day.",
    query: async () => (await schemas()).statsQuery,
    answer: async () => (await lists()).listOf((await answers()).statsAnswer),
    handle: async ({ plane, query }) => ({ body: { items: (await plane.stats(query)).map((row) => ({ ...row })) } }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/dead-letters",
    role: "viewer",
    summary: "List tasks that failed for good, newest first.",
    query: async () => (await schemas()).deadLettersQuery,
    answer: async () => (await lists()).pageOf((await answers()).deadLetterAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.deadLetters(query), renderDeadLetter) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/schedules",
    role: "viewer",
    summary: "List schedules with their next and last nominal times.",
    query: async () => (await schemas()).schedulesQuery,
    answer: async () => (await lists()).pageOf((await answers()).scheduleAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.schedules(query), renderSchedule) }),
  }),
];
