import { NotFoundError } from "@qmoi/core";
import type { BackupDetail, BackupView } from "@qmoi/runtime";
import type * as z from "zod";
import type { backupAnswer, backupDetailAnswer } from "../governance-answers.ts";
import { iso, renderPage } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const governanceAnswers = () => import("../governance-answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

const renderBackup = ({ at, finishedAt, reason, ...view }: BackupView): z.output<typeof backupAnswer> => ({
  ...view,
  at: iso(at),
  finishedAt: iso(finishedAt),
  reason: reason ?? null,
});
const renderDetail = ({ counts, configuration, ...detail }: BackupDetail): z.output<typeof backupDetailAnswer> => ({
  ...(renderBackup(detail) as Omit<z.output<typeof backupDetailAnswer>, "counts" | "configuration">),
  counts: { ...counts },
  configuration: { ...configuration },
});

export const backupRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/backups",
    role: "viewer",
    summary: "List backups, newest first.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await governanceAnswers()).backupAnswer),
    handle: async ({ backups, query }) => ({ body: renderPage(await backups.list(query), renderBackup) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/backups",
    role: "master",
    audit: "backup.create",
    summary: "Back up everything while work goes on; answers once it is written and verified.",
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await governanceAnswers()).backupDetailAnswer,
    status: 201,
    handle: async ({ backups, body: { reason }, who, from, requestId }) => {
      const detail = await backups.create({ who, from, requestId, ...(reason === undefined ? {} : { reason }) });
      return { body: renderDetail(detail), headers: { location: `/v1/backups/${detail.id}` }, recorded: true };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/backups/{backup}",
    role: "viewer",
    summary: "What a backup holds, as its manifest says.",
    answer: async () => (await governanceAnswers()).backupDetailAnswer,
    handle: async ({ backups, params }) => ({ body: renderDetail(await backups.show(params.backup ?? "")) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/backups/{backup}/verification",
    role: "operator",
    summary: "Read all of a backup and say whether it is what its manifest says.",
    answer: async () => (await governanceAnswers()).backupDetailAnswer,
    handle: async ({ backups, params }) => ({ body: renderDetail(await backups.verify(params.backup ?? "")) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/backups/{backup}/delete",
    role: "master",
    audit: "backup.delete",
    summary: "Delete a backup for good.",
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await governanceAnswers()).deletedBackupAnswer,
    handle: async ({ backups, params: { backup: id }, body: { reason }, who, from, requestId }) => {
      if (id === undefined) throw new NotFoundError("There is no such backup.");
      await backups.delete(id, { who, from, requestId, ...(reason === undefined ? {} : { reason }) });
      return { body: { id, deleted: true as const }, recorded: true };
    },
  }),
];
