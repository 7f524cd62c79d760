import { LOCAL, type Principal } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiEvent } from "../../test/support/api-event.ts";
import { Laptop } from "../../test/support/laptop.ts";
import { validatedApi } from "../../test/support/validated-api.ts";
import { createApi } from "./handler.ts";

let laptop: Laptop;
beforeEach(async () => {
  laptop = await Laptop.start();
});
afterEach(() => laptop.stop());

const OPERATOR: Principal = { id: "reporter", kind: "key", role: "operator" };
const call = async (method: string, path: string, body?: unknown, query: Record<string, string> = {}, who = LOCAL) => {
  const { plane, services } = laptop.system;
  const api = validatedApi(createApi({ plane, services, version: "1", now: () => 0, authenticate: () => who }));
  const result = await api(apiEvent(method, path, { query, ...(body === undefined ? {} : { body }) }));
  return { status: result.statusCode, body: JSON.parse(result.body ?? "null") };
};
const report = (provider: string, body: unknown, who = OPERATOR) => call("POST", `/v1/providers/${provider}/reports`, body, {}, who);
const REPORT = { id: "r1", at: "2026-01-31T09:00:00Z", metrics: [{ name: "cpu", value: 0.5 }] };

describe("providers", () => {
  it("report as operators, once each, also where only the master may change anything, and are listed", async () => {
    await laptop.system.configuration.set("master", { changes: [{ path: "master_only_mode", value: true }] }, { who: LOCAL });
    expect(await report("gcp", REPORT)).toMatchObject({
      status: 200,
      body: { provider: "gcp", reception: "accepted", state: "reporting" },
    });
    expect(await report("gcp", REPORT)).toMatchObject({ status: 200, body: { reception: "repeated" } });
    expect(await report("gcp", { ...REPORT, id: "r0", at: "2026-01-31T08:59:59Z" })).toMatchObject({ body: { reception: "outdated" } });
    await report("aws", { ...REPORT, metrics: [{ name: "cost", value: 2, unit: "USD" }] });
    const { body } = await call("GET", "/v1/providers", undefined, { limit: "1" });
    expect(body).toEqual({
      items: [
        {
          provider: "aws",
          expected: false,
          state: "reporting",
          minutes: 0,
          receivedAt: expect.stringMatching(/Z$/),
          report: { id: "r1", at: "2026-01-31T09:00:00.000Z", metrics: [{ name: "cost", value: 2, unit: "USD" }] },
        },
      ],
      next: "aws",
    });
    const rest = await call("GET", "/v1/providers", undefined, { after: body.next });
    expect(rest.body).toMatchObject({ items: [{ provider: "gcp", report: { metrics: [{ name: "cpu", value: 0.5, unit: null }] } }] });
  });

  it("are refused with code, path and what to do", async () => {
    await report("gcp", REPORT);
    const answers = [
      await report("gpc", REPORT),
      await report("gcp", { ...REPORT, metrics: [] }),
      await report("gcp", { ...REPORT, id: "r2", at: "9999-01-01T00:00:00Z" }),
      await report("gcp", { ...REPORT, metrics: [{ name: "cpu", value: "much" }] }),
      await report("gcp", undefined),
      await report("gcp", REPORT, { ...OPERATOR, role: "viewer" }),
      await call("POST", "/v1/providers/colab/forget"),
      await call("POST", "/v1/providers/gcp/forget", undefined, {}, OPERATOR),
      await call("POST", "/v1/providers/gcp/forget", undefined, { reason: "in the query" }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code, body.path, typeof body.remedy])).toEqual([
      [404, "QMOI_NOT_FOUND", "$.path.provider", "string"],
      [409, "QMOI_CONFLICT", "$.body.id", "string"],
      [400, "QMOI_INVALID_INPUT", "$.body.at", "string"],
      [400, "QMOI_INVALID_INPUT", "$.body.metrics[0].value", "string"],
      [400, "QMOI_INVALID_INPUT", "$.body", "string"],
      [403, "QMOI_FORBIDDEN", undefined, "string"],
      [404, "QMOI_NOT_FOUND", "$.path.provider", "string"],
      [403, "QMOI_FORBIDDEN", undefined, "string"],
      [400, "QMOI_INVALID_INPUT", "$.query.reason", "string"],
    ]);
  });

  it("are forgotten by the master, which is recorded", async () => {
    await report("gcp", REPORT);
    expect(await call("POST", "/v1/providers/gcp/forget", { reason: "gone" })).toMatchObject({
      status: 200,
      body: { provider: "gcp" },
    });
    expect((await call("GET", "/v1/providers")).body.items).toEqual([]);
    const { items } = (await call("GET", "/v1/audit", undefined, { action: "provider.forget" })).body;
    expect(items).toEqual([
      expect.objectContaining({ subject: "gcp", reason: "gone", outcome: "done", before: expect.objectContaining({ report: "r1" }) }),
    ]);
  });

  it("come back with a backup only where nothing has been heard of them since", async () => {
    const { backups } = laptop.system;
    await report("gcp", REPORT);
    await report("aws", REPORT);
    const { id, counts } = await backups.create({ who: LOCAL });
    expect(counts.providers).toBe(2);
    await report("gcp", { ...REPORT, id: "r2", at: "2026-01-31T09:05:00Z" });
    await call("POST", "/v1/providers/aws/forget");
    const { commands } = laptop.system.services;
    const command = { command: "restore_system", parameters: { backup: id } } as const;
    const { confirm } = await commands.preview(command, { who: LOCAL });
    const given = await commands.submit({ ...command, ...(confirm === undefined ? {} : { confirm }) }, { who: LOCAL });
    while ((await commands.get(given.id)).endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await commands.get(given.id)).state).toBe("succeeded");
    const { items } = (await call("GET", "/v1/providers")).body;
    expect(items.map((one: { provider: string; report: { id: string } }) => [one.provider, one.report.id])).toEqual([
      ["aws", "r1"],
      ["gcp", "r2"],
    ]);
  });
});
