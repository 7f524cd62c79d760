import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SystemEvent } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CloudWatchAlarms } from "./cloudwatch-alarms.ts";
import { EventBridgeBus } from "./event-bridge-bus.ts";
import { EventRules } from "./event-rules.ts";

/** A service of AWS that answers each action as told. */
let server: Server;
let asked: [action: string, body: Readonly<Record<string, unknown>>][];
let answers: Record<string, { readonly status?: number; readonly body: unknown }>;
const client = () => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

beforeEach(async () => {
  [asked, answers] = [[], {}];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).split(".")[1] as string;
      asked.push([action, JSON.parse(Buffer.concat(chunks).toString())]);
      const { status = 200, body } = answers[action] ?? { body: {} };
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => void server.close());

describe("rules of EventBridge", () => {
  const rules = () => new EventRules("qmoi-dev-", client());
  const rule = { enabled: true, schedule: "rate(1 minute)" };

  it("are read as they are, and there may be none", async () => {
    answers.DescribeRule = { body: { State: "DISABLED", ScheduleExpression: "rate(1 minute)" } };
    expect(await rules().read("m")).toEqual({ ...rule, enabled: false });
    expect(asked).toEqual([["DescribeRule", { Name: "qmoi-dev-m" }]]);
    answers.DescribeRule = { status: 400, body: { __type: "ResourceNotFoundException" } };
    expect(await rules().read("m")).toBeUndefined();
    answers.DescribeRule = { status: 500, body: { __type: "InternalException" } };
    await expect(rules().read("m")).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
  });

  it("are switched, and written whole only where the schedule is another", async () => {
    await rules().write("m", rule, { ...rule, enabled: false });
    await rules().write("m", { ...rule, enabled: false }, rule);
    await rules().write("m", { enabled: false, schedule: "rate(2 minutes)" }, rule);
    expect(asked).toEqual([
      ["EnableRule", { Name: "qmoi-dev-m" }],
      ["DisableRule", { Name: "qmoi-dev-m" }],
      ["PutRule", { Name: "qmoi-dev-m", Description: "When m works", ScheduleExpression: "rate(2 minutes)", State: "DISABLED" }],
    ]);
    answers.EnableRule = { status: 400, body: { __type: "ConcurrentModificationException" } };
    await expect(rules().write("m", rule, { ...rule, enabled: false })).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
  });
});

describe("a bus of EventBridge", () => {
  const bus = () => new EventBridgeBus("qmoi-dev-events", client());
  const event = (n: number): SystemEvent => ({ name: "run failed", at: 1_000, detail: { id: String(n), run: "r" } });

  it("takes ten events at a time, each with its name, time and detail", async () => {
    await bus().publish(Array.from({ length: 23 }, (_, n) => event(n)));
    const entries = asked.map(([, { Entries }]) => Entries as readonly unknown[]);
    expect(entries.map(({ length }) => length).toSorted()).toEqual([10, 10, 3].toSorted());
    expect(entries.flat()).toContainEqual({
      EventBusName: "qmoi-dev-events",
      Source: "qmoi",
      DetailType: "run failed",
      Time: 1,
      Detail: '{"id":"22","run":"r"}',
    });
    await bus().publish([]);
    expect(asked).toHaveLength(3);
  });

  it("says so where it did not take every event, so that they are told again", async () => {
    answers.PutEvents = { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException" }] } };
    await expect(bus().publish([event(1)])).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
    answers.PutEvents = { status: 500, body: { __type: "InternalException" } };
    await expect(bus().publish([event(1)])).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
  });
});

it("alarms that can't be read are told as that", async () => {
  await expect(new CloudWatchAlarms("qmoi-dev-", { ...client(), endpoint: "http://127.0.0.1:1" }).on()).rejects.toThrow();
});
