import { type CommandView, controlOf, type MasterCommand, type StoredControl } from "@qmoi/master-automation";
import type { CommandAnswer, PreviewAnswer } from "../command-answers.ts";
import { keyOf } from "../key-of.ts";
import { iso, renderPage } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const commandAnswers = () => import("../command-answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

/** Times below any key that ends in `at` as ISO 8601. */
const withTimes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, typeof inner === "number" && /^at$|At$/.test(key) ? iso(inner) : withTimes(inner)]),
  );
};

const renderCommand = ({ plan, startedAt, endedAt, reason, failure, evidence, ...view }: CommandView): CommandAnswer =>
  withTimes({
    ...view,
    reason: reason ?? null,
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    failure: failure ?? null,
    waves: plan?.waves ?? [],
    evidence: evidence ? { ...evidence, control: { before: named(evidence.control.before), after: named(evidence.control.after) } } : null,
  }) as CommandAnswer;

/** What may start, with the names of the modules that are off. */
const named = (control: StoredControl) => {
  const { off, ...rest } = controlOf(control);
  return off ? { ...rest, off: Object.keys(off) } : rest;
};

export const commandRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/v1/commands",
    role: "master",
    audit: "command.give",
    ownIdempotency: true,
    statuses: [200],
    summary:
      "Give a command. The same `Idempotency-Key` with the same command gives the same execution. With `preview=true` nothing is done.",
    query: async () => (await schemas()).commandQuery,
    body: async () => (await schemas()).commandBody,
    answer: async () => (await commandAnswers()).givenAnswer,
    status: 202,
    handle: async ({ commands, who, from, requestId, query, body, headers }) => {
      const key = await keyOf(headers);
      const { reason } = body;
      const actor = { who, from, requestId, ...(reason === undefined ? {} : { reason }) };
      const command = { ...body, ...(key === undefined ? {} : { idempotencyKey: key }) } as MasterCommand;
      if (query.preview === "true") {
        const preview = withTimes({ preview: true, ...(await commands.preview(command, actor)) }) as PreviewAnswer;
        return { status: 200, body: preview, audit: { subject: body.command, after: { preview: true } } };
      }
      const { created, ...view } = await commands.submit(command, actor);
      return {
        body: renderCommand(view),
        audit: { subject: view.id, after: { command: view.command } },
        headers: { location: `/v1/commands/${view.id}`, ...(created ? {} : { "idempotent-replayed": "true" }) },
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/commands",
    role: "viewer",
    summary: "List commands, newest first, without their steps.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await commandAnswers()).commandAnswer),
    handle: async ({ commands, query }) => ({ body: renderPage(await commands.list(query), renderCommand) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/commands/{command}",
    role: "viewer",
    summary: "One command with its steps, and once it has ended with its evidence.",
    answer: async () => (await commandAnswers()).commandAnswer,
    handle: async ({ commands, params }) => ({ body: renderCommand(await commands.get(params.command ?? "")) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/commands/{command}/verification",
    role: "viewer",
    summary: "Check a command's evidence against history, audit and backups.",
    answer: async () => (await commandAnswers()).verificationAnswer,
    handle: async ({ commands, params }) => {
      const { command, checks, holds } = await commands.verify(params.command ?? "");
      return { body: { id: command.id, command: command.command, holds, checks: checks.map((one) => ({ ...one })) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/system",
    role: "viewer",
    summary: "What may start now, by whose decision, and why.",
    answer: async () => (await commandAnswers()).systemAnswer,
    handle: async ({ commands }) => {
      const { off, held, reason, who, at, ...state } = await commands.state();
      const lists = { ...(off ? { off: Object.keys(off) } : {}), ...(held ? { held: [...held] } : {}) };
      return { body: { ...state, ...lists, reason: reason ?? null, who: who ?? null, at: at === undefined ? null : iso(at) } };
    },
  }),
];
