import { QmoiError } from "@qmoi/core";
import { renderAuditRecord, renderPage } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const answers = () => import("../answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

export const auditRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/audit",
    role: "operator",
    summary: "List audit records, newest first unless `order` says otherwise. A page may hold fewer than asked for and still have `next`.",
    query: async () => (await schemas()).auditQuery,
    answer: async () => (await lists()).pageOf((await answers()).auditRecordAnswer),
    handle: async ({ records, query: { order, since, until, ...rest } }) => {
      const request = {
        ...rest,
        oldestFirst: order === "oldest",
        ...(since === undefined ? {} : { since: Date.parse(since) }),
        ...(until === undefined ? {} : { until: Date.parse(until) }),
      };
      return { body: renderPage(await records.list(request), renderAuditRecord) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/audit/verification",
    role: "operator",
    summary: "Read the whole audit and its signed heads, and say whether anything was edited, removed, inserted, reordered or cut.",
    answer: async () => (await answers()).auditVerdictAnswer,
    handle: async ({ records }) => {
      const { findings, ...verdict } = await records.verify();
      return { body: { ...verdict, findings: findings.map((finding) => ({ ...finding })) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/audit/{seq}",
    role: "operator",
    summary: "One audit record.",
    answer: async () => (await answers()).auditRecordAnswer,
    handle: async ({ records, params: { seq = "" } }) => {
      if (!/^[1-9]\d{0,14}$/.test(seq))
        throw new QmoiError("QMOI_INVALID_INPUT", "An audit record is named by its number, from 1.", { path: "$.path.seq" });
      return { body: renderAuditRecord(await records.record(Number(seq))) };
    },
  }),
];
