import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { TargetResult } from "@qmoi/core";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HttpTarget } from "./http-target.ts";
import { testCall, until } from "./testing/calls.ts";

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A server on a port of its own; remembers what it received. */
const serve = async (listener: RequestListener) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ request, body: Buffer.concat(chunks).toString("utf8") });
    listener(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, received, server };
};

const NOW = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => NOW };
/** Names of the tests' own; nothing else is known. */
const names = new Map([["service.test", ["127.0.0.1"]]]);
const lookup: LookupFunction = (name, _, callback) =>
  callback(
    null,
    (names.get(name) ?? []).map((address) => ({ address, family: 4 })),
  );
/** Lets the loopback address through, so that refusals elsewhere can be told from it. */
const target = new HttpTarget({ clock, lookup, isAllowed: (address) => address === "127.0.0.1" });
const strict = new HttpTarget({ clock, lookup });
afterAll(() => Promise.all([target.close(), strict.close()]));

const run = (definition: Record<string, unknown>, runner = target): Promise<TargetResult> =>
  runner.run(testCall({ type: "http", ...definition }).call);
const codeOf = (result: TargetResult): string => (result.ok ? "ok" : `${result.failure.class} ${result.failure.code}`);

describe("HttpTarget", () => {
  it("sends JSON and takes the answer as output", async () => {
    const { url, received } = await serve((_, response) => {
      response.setHeader("content-type", "application/json; charset=utf-8").setHeader("set-cookie", "secret=1").end('{"id": 7}');
    });
    const { call, text, heartbeats } = testCall({
      type: "http",
      url: `${url}/items?a=1`,
      body: { name: "é" },
      headers: { "X-Team": "data" },
    });
    const result = await target.run(call);
    expect(result).toMatchObject({
      ok: true,
      output: { status: 200, body: { id: 7 }, headers: { "content-type": "application/json; charset=utf-8" } },
    });
    expect(JSON.stringify(result)).not.toContain("secret");
    // The body is the output: it is not captured too.
    expect(text("stdout")).toBe("");
    expect(heartbeats()).toBeGreaterThan(0);
    const { request, body } = received[0]!;
    expect([request.method, request.url, body]).toEqual(["POST", "/items?a=1", '{"name":"é"}']);
    expect(request.headers).toMatchObject({ "content-type": "application/json", "x-team": "data", "idempotency-key": "r1/t1" });
  });

  it("gets without a body, takes text as text, and says nothing of an empty one", async () => {
    const { url, received } = await serve((request, response) => {
      if (request.url === "/empty") response.writeHead(204).end();
      else response.end("plain");
    });
    expect(await run({ url })).toMatchObject({ output: { status: 200, body: "plain" } });
    expect(received[0]?.request.method).toBe("GET");
    expect(codeOf(await run({ url, headers: { "Content-Length": "9", "Transfer-Encoding": "chunked" } }))).toBe("ok");
    expect((await run({ url: `${url}/empty`, method: "DELETE" })) as { output: object }).toMatchObject({
      output: { status: 204, headers: {} },
    });
    const result = await run({
      url: `${url}/empty`,
      body: "a=1",
      headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "9" },
    });
    expect(codeOf(result)).toBe("ok");
    expect(received[3]?.request.headers).toMatchObject({ "content-type": "application/x-www-form-urlencoded", "content-length": "3" });
  });

  it("signs by Standard Webhooks, with an id that stays over attempts", async () => {
    const { url, received } = await serve((_, response) => response.end());
    const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;
    const now = new HttpTarget({ clock: { now: Date.now }, isAllowed: () => true });
    const send = (attempt: number, sign: unknown) =>
      now.run(testCall({ type: "http", url, body: { n: 1 }, sign }, null, { attempt, idempotencyKey: "run 1/tâche" }).call);
    await send(1, { secret });
    await send(2, secret);
    await now.close();
    for (const { request, body } of received) {
      expect(request.headers["webhook-id"]).toBe("run%201%2Ft%C3%A2che");
      expect(new Webhook(secret).verify(body, request.headers as Record<string, string>)).toEqual({ n: 1 });
      expect(() => new Webhook(secret).verify(`${body} `, request.headers as Record<string, string>)).toThrow();
    }
    expect(received).toHaveLength(2);
  });

  it("classifies statuses and takes Retry-After", async () => {
    const { url } = await serve((request, response) => {
      const [, status, retryAfter] = new URL(request.url ?? "", "http://x").pathname.split("/");
      response.statusCode = Number(status);
      if (retryAfter) response.setHeader("retry-after", decodeURIComponent(retryAfter));
      response.end("because");
    });
    const status = async (path: string, more = {}) => codeOf(await run({ url: `${url}/${path}`, ...more }));
    expect(await status("429")).toBe("throttled HTTP 429");
    expect(await Promise.all([408, 500, 502, 503, 504].map((s) => status(String(s))))).toEqual(
      [408, 500, 502, 503, 504].map((s) => `unavailable HTTP ${s}`),
    );
    expect(await Promise.all([302, 400, 401, 404, 409].map((s) => status(String(s))))).toEqual(
      [302, 400, 401, 404, 409].map((s) => `http HTTP ${s}`),
    );
    expect(await status("404", { expect: [404] })).toBe("ok");
    expect(await status("200", { expect: [201] })).toBe("http HTTP 200");
    expect(await run({ url: `${url}/429/30` })).toMatchObject({ failure: { retryAfterMs: 30_000 } });
    expect(await run({ url: `${url}/503/${encodeURIComponent("Sun, 01 Mar 2026 12:00:05 GMT")}` })).toMatchObject({
      failure: { retryAfterMs: 5000 },
    });
    const plain = await run({ url: `${url}/503?token=abc` });
    expect(plain).toMatchObject({ failure: { message: `GET ${url}/503 answered 503: because` } });
    expect(plain).not.toHaveProperty("failure.retryAfterMs");
  });

  it("calls a connection that fails a network failure", async () => {
    const { url, server } = await serve((request) => request.socket.destroy());
    expect(codeOf(await run({ url }))).toBe("network ECONNRESET");
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    servers.length = 0;
    expect(codeOf(await run({ url }))).toBe("network ECONNREFUSED");
    expect(codeOf(await run({ url: "http://unknown.test/" }))).toBe("network ENOTFOUND");
    const cut = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 20);
    });
    expect(codeOf(await run({ url: cut.url }))).toBe("network ECONNRESET");
    const noise = createTcpServer((socket) => socket.end("this is not HTTP\r\n\r\n"));
    await new Promise<void>((done) => noise.listen(0, "127.0.0.1", done));
    expect(codeOf(await run({ url: `http://127.0.0.1:${(noise.address() as AddressInfo).port}` }))).toMatch(/^network HPE_/);
    noise.close();
  });

  it("refuses addresses that aren't public, by name and as written, unless allowed", async () => {
    const { url, port, received } = await serve((_, response) => response.end("inside"));
    const refused = "invalid QMOI_ADDRESS_REFUSED";
    const hosts = ["127.0.0.1", "0x7f.1", "2130706433", "127.1", "[::ffff:127.0.0.1]", "service.test", "169.254.169.254", "[::1]"];
    for (const host of hosts) expect([host, codeOf(await run({ url: `http://${host}:${port}/` }, strict))]).toEqual([host, refused]);
    expect(received).toHaveLength(0);
    expect(codeOf(await run({ url, allowPrivate: true }, strict))).toBe("ok");
    expect(codeOf(await run({ url: `http://service.test:${port}`, allowPrivate: true }, strict))).toBe("ok");
    // The connection that is kept alive from these must not serve the next.
    expect(codeOf(await run({ url: `http://service.test:${port}` }, strict))).toBe(refused);
    expect(received).toHaveLength(2);
  });

  it("refuses a name that resolves to another address the second time", async () => {
    const { port, server } = await serve((_, response) => response.setHeader("connection", "close").end("ok"));
    names.set("rebinds.test", ["127.0.0.1"]);
    expect(codeOf(await run({ url: `http://rebinds.test:${port}` }))).toBe("ok");
    names.set("rebinds.test", ["10.0.0.1"]);
    server.closeAllConnections();
    expect(codeOf(await run({ url: `http://rebinds.test:${port}` }))).toBe("invalid QMOI_ADDRESS_REFUSED");
  });

  it("follows redirects only as far as asked, and checks each hop", async () => {
    const { url, received } = await serve((request, response) => {
      const to: Record<string, string> = {
        "/a": "/b",
        "/b": "/c",
        "/inside": "http://169.254.169.254/latest",
        "/odd": "file:///etc/passwd",
      };
      const location = to[request.url ?? ""];
      if (location) response.writeHead(302, { location }).end();
      else response.end("arrived");
    });
    expect(await run({ url: `${url}/a`, redirects: 2 })).toMatchObject({ ok: true, output: { body: "arrived" } });
    expect(codeOf(await run({ url: `${url}/a`, redirects: 1 }))).toBe("http HTTP 302");
    expect(codeOf(await run({ url: `${url}/a` }))).toBe("http HTTP 302");
    expect(await run({ url: `${url}/a`, expect: [302], redirects: 5 })).toMatchObject({
      ok: true,
      output: { status: 302, headers: { location: "/b" } },
    });
    expect(codeOf(await run({ url: `${url}/inside`, redirects: 5 }))).toBe("invalid QMOI_ADDRESS_REFUSED");
    expect(codeOf(await run({ url: `${url}/odd`, redirects: 5 }))).toMatch(/^invalid /);
    expect(received.map(({ request }) => request.url)).toEqual(["/a", "/b", "/c", "/a", "/b", "/a", "/a", "/inside", "/odd"]);
  });

  it("keeps credentials from another origin and turns a redirected POST into GET, as browsers do", async () => {
    const other = await serve((_, response) => response.end("other"));
    const { url, received } = await serve((request, response) => {
      const [, status, where] = (request.url ?? "").split("/");
      const location = where === "other" ? other.url : "/";
      if (where) response.writeHead(Number(status), { location }).end();
      else response.end();
    });
    const secret = `whsec_${Buffer.from("secret").toString("base64")}`;
    const headers = { authorization: "Bearer x", cookie: "a=b", "x-api-key": "k", accept: "text/plain" };
    const send = (path: string) => run({ url: `${url}/${path}`, redirects: 1, body: { n: 1 }, headers, sign: { secret } });
    await send("307/other");
    const { request, body } = other.received[0]!;
    expect([request.method, body]).toEqual(["POST", '{"n":1}']);
    expect(request.headers).toMatchObject({ accept: "text/plain", "content-type": "application/json", "idempotency-key": "r1/t1" });
    const leaked = ["authorization", "cookie", "x-api-key", "webhook-id", "webhook-signature", "webhook-timestamp"];
    expect(leaked.filter((name) => name in request.headers)).toEqual([]);
    await send("302/other");
    expect([other.received[1]?.request.method, other.received[1]?.body]).toEqual(["GET", ""]);
    expect(other.received[1]?.request.headers).not.toHaveProperty("content-type");
    await send("308/same");
    expect(received.at(-1)?.request.headers).toMatchObject({ authorization: "Bearer x", "webhook-id": "r1/t1" });
    expect(received.at(-1)?.body).toBe('{"n":1}');
  });

  it("caps the answer", async () => {
    const { url } = await serve((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify("x".repeat(1_000_000)));
    });
    const result = await run({ url, maxResponseBytes: 1000 });
    expect(result).toMatchObject({ ok: true, output: { truncated: true, body: `"${"x".repeat(999)}` } });
    expect(await run({ url, maxResponseBytes: 1_000_002 })).toMatchObject({ output: { body: "x".repeat(1_000_000) } });
  });

  it("times out and aborts, before and within the answer", async () => {
    const { url, received } = await serve((request, response) => {
      if (request.url === "/begins") response.writeHead(200).write("begins");
    });
    for (const path of ["/silent", "/begins"]) {
      expect(codeOf(await run({ url: url + path, timeoutSeconds: 0.1 }))).toBe("timeout QMOI_TASK_TIMEOUT");
      const { call, abort } = testCall({ type: "http", url: url + path });
      const before = received.length;
      const result = target.run(call);
      await until(() => received.length > before);
      await delay(20);
      abort("cancelled");
      expect(codeOf(await result)).toBe("cancelled QMOI_TASK_CANCELLED");
    }
  });

  it("calls invalid what can't be sent", async () => {
    expect(codeOf(await run({ url: "not a url" }))).toMatch(/^invalid ERR_INVALID_URL/);
    expect(codeOf(await run({ url: "ftp://example.com/" }))).toMatch(/^invalid /);
    expect(codeOf(await run({ url: "http://service.test/", headers: { "x-a": "a\r\nx-b: b" } }))).toMatch(/^invalid ERR_INVALID_CHAR/);
    expect(codeOf(await run({ url: "http://service.test/", headers: { "x a": "b" } }))).toMatch(/^invalid ERR_INVALID_HTTP_TOKEN/);
    expect(codeOf(await run({ url: "http://service.test/", sign: { secret: "whsec_%%%" } }))).toMatch(/^invalid /);
    expect(codeOf(await run({}))).toBe("invalid QMOI_INVALID_WORKFLOW");
  });

  it("keeps connections alive", async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let i = 0; i < 3; i++) await run({ url });
    expect(ports.size).toBe(1);
  });
});
