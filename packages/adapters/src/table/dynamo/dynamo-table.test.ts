import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { DynamoTable } from "./dynamo-table.ts";

const key = { pk: "p", sk: "s" };
const item = { ...key, v: 1 };
const servers: Server[] = [];
const tables: DynamoTable[] = [];
afterEach(async () => {
  for (const table of tables.splice(0)) await table.close();
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A table whose DynamoDB gives the answers in turn, the last one for ever, and counts them. */
const against = async (...answers: ((response: ServerResponse) => void)[]): Promise<{ table: DynamoTable; asked: () => number }> => {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => answers[Math.min(asked++, answers.length - 1)]?.(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const table = new DynamoTable({ tableName: "t", endpoint, region: "us-east-1", credentials, requestTimeoutMs: 500 });
  tables.push(table);
  return { table, asked: () => asked };
};

const answer =
  (status: number, body: object) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
  };
const failure = (status: number, name: string, message = "why") =>
  answer(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message });
const ok = answer(200, {});
const reset = (response: ServerResponse): void => void response.socket?.destroy();

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: { code?: string }) => error.code,
  );

describe("DynamoTable", () => {
  it.each([
    ["a 5xx", failure(500, "InternalServerError")],
    ["a broken connection", reset],
  ])("never repeats a write after %s: it may have happened", async (_, broken) => {
    const { table, asked } = await against(broken, ok);
    expect(await codeOf(table.put(item, { when: { site: "t", absent: true } }))).toBe("QMOI_STORE_UNAVAILABLE");
    expect(asked()).toBe(1);
    expect(await codeOf(table.delete(key))).toBe("none");
  });

  it("counts a request without an answer as lost, and does not repeat a write then", async () => {
    const { table, asked } = await against(() => undefined);
    expect(await codeOf(table.put(item))).toBe("QMOI_STORE_UNAVAILABLE");
    expect(asked()).toBe(1);
  });

  it("repeats a read after a 5xx and a broken connection", async () => {
    const { table, asked } = await against(failure(500, "InternalServerError"), reset, ok);
    expect(await table.get(key)).toBeUndefined();
    expect(asked()).toBe(3);
  });

  it("repeats a throttled write, which did not happen, and gives up with QMOI_THROTTLED", async () => {
    const some = await against(failure(400, "ThrottlingException"), failure(400, "ProvisionedThroughputExceededException"), ok);
    expect(await codeOf(some.table.put(item))).toBe("none");
    expect(some.asked()).toBe(3);
    const all = await against(failure(400, "RequestLimitExceeded"));
    expect(await codeOf(all.table.put(item))).toBe("QMOI_THROTTLED");
    expect(all.asked()).toBe(4);
  });

  it.each([
    ["ConditionalCheckFailedException", "The conditional request failed", "QMOI_CONFLICT"],
    ["ValidationException", "Item size has exceeded the maximum allowed size", "QMOI_TOO_LARGE"],
    ["ValidationException", "One or more parameter values were invalid", "QMOI_INTERNAL"],
    ["ResourceNotFoundException", "Cannot do operations on a non-existent table", "QMOI_STORE_UNAVAILABLE"],
    ["AccessDeniedException", "not authorized", "QMOI_STORE_UNAVAILABLE"],
  ])("gives %s (%s) the code %s", async (name, message, code) => {
    const { table } = await against(failure(400, name, message));
    expect(await codeOf(table.put(item, { when: { site: "t", v: 1 } }))).toBe(code);
  });

  it("says QMOI_STORE_UNAVAILABLE where nothing answers", async () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const table = new DynamoTable({ tableName: "t", endpoint: "http://127.0.0.1:1", region: "us-east-1", credentials });
    tables.push(table);
    expect(await codeOf(table.put(item))).toBe("QMOI_STORE_UNAVAILABLE");
  });
});
