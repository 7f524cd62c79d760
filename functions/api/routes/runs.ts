import type { ControlPlane, RunView } from "@qmoi/runtime";
import { keyOf } from "../key-of.ts";
import { renderPage, renderRun, renderRunDetail } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

type Transition = (plane: ControlPlane, run: string, reason: string | undefined) => Promise<RunView>;

const transition = (verb: string, summary: string, apply: Transition): Route =>
  defineRoute({
    method: "POST",
    path: `/v1/runs/{run}/${verb}`,
    role: "operator",
    audit: `run.${verb}`,
    summary,
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await answers()).runAnswer,
    handle: async ({ plane, params, body }) => ({ body: renderRun(await apply(plane, params.run ?? "", body.reason)) }),
  });

export const runRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/v1/runs",
    role: "operator",
    summary: "Start a run of a published workflow. The same `Idempotency-Key` with the same request gives the same run.",
    audit: "run.start",
    ownIdempotency: true,
    body: async () => (await schemas()).startBody,
    answer: async () => (await answers()).runAnswer,
    status: 202,
    handle: async ({ plane, body, headers }) => {
      const key = await keyOf(headers);
      const { inputs, ...rest } = body;
      const view = await plane.startRun({ ...rest, ...(inputs ? { inputs } : {}), ...(key === undefined ? {} : { idempotencyKey: key }) });
      return {
        body: renderRun(view),
        audit: { subject: view.run, after: { workflow: view.workflow, version: view.version } },
        headers: { location: `/v1/runs/${encodeURIComponent(view.run)}`, ...(view.created ? {} : { "idempotent-replayed": "true" }) },
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/runs",
    role: "viewer",
    summary: "List runs, newest first.",
    query: async () => (await schemas()).runsQuery,
    answer: async () => (await lists()).pageOf((await answers()).runAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.runs(query), renderRun) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/runs/{run}",
    role: "viewer",
    summary: "One run with the count of its tasks per state.",
    answer: async () => (await answers()).runDetailAnswer,
    handle: async ({ plane, params }) => ({ body: renderRunDetail(await plane.run(params.run ?? "")) }),
  }),
  transition("cancel", "Cancel a run: nothing new begins, running attempts are aborted.", (plane, run, reason) =>
    plane.cancel(run, reason),
  ),
  transition("pause", "Pause a run: nothing new begins, running attempts finish.", (plane, run, reason) => plane.pause(run, reason)),
  transition("resume", "Resume a paused run.", (plane, run, reason) => plane.resume(run, reason)),
  transition("redrive", "Run again what failed, was skipped for it, or was cancelled.", (plane, run, reason) =>
    plane.redrive(run, reason === undefined ? {} : { reason }),
  ),
];
