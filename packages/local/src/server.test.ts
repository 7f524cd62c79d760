import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { SystemClock } from "@qmoi/adapters";
import { silentLogger } from "@qmoi/core";
import { createApi, DOCUMENT_BYTES, principalOf } from "@qmoi/functions/api";
import { createAuthorizer } from "@qmoi/functions/authorizer";
import { Failures } from "@qmoi/master-automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Laptop, wait } from "../../../test/support/laptop.ts";
import { Server } from "./server.ts";

const TOKEN = `qmoi_${"a".repeat(12)}_${"b".repeat(64)}`;
const BEARER = { authorization: `Bearer ${TOKEN}` };
const document = { name: "w", tasks: [{ name: "a", target: wait(1) }] };

let laptop: Laptop;
let server: Server;
let port: number;

const create = (options: { port?: number; headTimeoutMs?: number; requestTimeoutMs?: number } = {}): Server => {
  let id = 0;
  return new Server({
    api: createApi({ plane: laptop.plane, services: laptop.system.services, version: "1.0.0", now: () => 0, authenticate: principalOf }),
    authorizer: createAuthorizer({
      ...laptop.system.services,
      clock: new SystemClock(),
      failures: new Failures({ most: 1000, windowMs: 1, names: 10 }),
    }),
    key: () => TOKEN,
    port: 0,
    logger: silentLogger,
    now: () => 0,
    requestId: () => `request-${++id}`,
    ...options,
  });
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer, to = port): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: "127.0.0.1", port: to, method, path, headers: { host: `127.0.0.1:${to}`, ...headers }, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
const codeOf = ({ text }: Reply): string => JSON.parse(text).code;

/** Sends bytes as they are and resolves with everything that comes back until the server closes. */
const raw = (text: string, to = port): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(to, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });

beforeAll(async () => {
  laptop = await Laptop.start();
  await laptop.system.services.keys.adopt(TOKEN, { name: "test", role: "master" }, "test");
  server = create();
  port = Number(new URL(await server.listen()).port);
});
afterAll(async () => {
  await server.close();
  await laptop.stop();
});

describe("credentials", () => {
  it("are needed for everything but health", async () => {
    expect((await ask("GET", "/v1/health")).status).toBe(200);
    for (const [method, path] of [
      ["GET", "/v1/runs"],
      ["POST", "/v1/workflows"],
      ["GET", "/events"],
      ["GET", "/console.js"],
      ["GET", "/nowhere"],
      ["DELETE", "/"],
    ] as const) {
      const reply = await ask(method, path, { "content-type": "application/json" });
      expect([reply.status, codeOf(reply)], `${method} ${path}`).toEqual([401, "QMOI_UNAUTHORIZED"]);
    }
    expect((await ask("GET", "/")).status).toBe(401);
  });

  it.each(["Bearer wrong", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, "Bearer", `Basic ${TOKEN}`, TOKEN, ""])(
    "%j is refused",
    async (authorization) => {
      expect((await ask("GET", "/v1/runs", { authorization })).status).toBe(401);
    },
  );

  it("are the token as a bearer", async () => {
    expect((await ask("GET", "/v1/runs", BEARER)).status).toBe(200);
  });

  it("are checked before a body is read", async () => {
    const answer = await raw(
      `POST /v1/workflows HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("the browser's session", () => {
  const cookie = async (): Promise<string> => ((await ask("GET", `/?key=${TOKEN}`)).headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";

  it("is opened by the key, which leaves the address and is not in the cookie", async () => {
    const { status, headers } = await ask("GET", `/?key=${TOKEN}`);
    expect([status, headers.location, headers["cache-control"]]).toEqual([303, "/", "no-store"]);
    expect(headers["set-cookie"]?.[0]).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(headers["set-cookie"]?.[0]).not.toContain(TOKEN);
  });

  it("opens the page, its files and the API", async () => {
    const session = { cookie: `other=1; ${await cookie()}` };
    const page = await ask("GET", "/", session);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect((await ask("GET", "/console.css", session)).headers["content-type"]).toContain("text/css");
    expect((await ask("GET", "/v1/runs", session)).status).toBe(200);
  });

  it("is refused with a wrong cookie or key, and a wrong bearer beside a good cookie", async () => {
    expect((await ask("GET", "/v1/runs", { cookie: `qmoi_${port}=wrong` })).status).toBe(401);
    expect((await ask("GET", "/v1/runs", { cookie: `qmoi_${port}=${TOKEN}` })).status).toBe(401);
    expect((await ask("GET", "/v1/runs", { cookie: await cookie(), authorization: "Bearer wrong" })).status).toBe(401);
    const wrong = await ask("GET", "/?key=wrong");
    expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([401, undefined]);
  });
});

describe("foreign requests", () => {
  it.each<[string, Record<string, string>]>([
    ["a name that was bound to 127.0.0.1", { host: "evil.example" }],
    ["that name with the port", { host: `evil.example:PORT` }],
    ["no port", { host: "127.0.0.1" }],
    ["another port", { host: "127.0.0.1:1" }],
    ["a foreign origin", { origin: "http://evil.example" }],
    ["an origin on another port", { origin: "http://127.0.0.1:1" }],
    ["the wrong scheme", { origin: "https://127.0.0.1:PORT" }],
    ["an opaque origin", { origin: "null" }],
    ["an image on another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    ["a page on another local port", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }],
    ["a link into the API", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
  ])("are refused: %s", async (_, headers) => {
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace("PORT", String(port))]));
    for (const path of ["/v1/health", "/v1/runs"]) {
      const reply = await ask("GET", path, { ...BEARER, ...own });
      expect([reply.status, codeOf(reply)]).toEqual([403, "QMOI_FOREIGN_ORIGIN"]);
    }
  });

  it("without a Host are refused", async () => {
    expect(await raw("GET /v1/health HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("are none by any of the server's own names", async () => {
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
      const host = `${name}:${port}`;
      expect((await ask("GET", "/v1/runs", { ...BEARER, host, origin: `http://${host}` })).status, host).toBe(200);
    }
  });

  it("are none when a link opens the page", async () => {
    expect((await ask("GET", "/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).status).toBe(401);
  });
});

describe("bodies", () => {
  const json = { ...BEARER, "content-type": "application/json" };

  it("arrive", async () => {
    expect((await ask("POST", "/v1/workflows", json, JSON.stringify(document))).status).toBe(201);
  });

  it("that are not UTF-8 are refused", async () => {
    expect(codeOf(await ask("POST", "/v1/workflows", json, Buffer.from([0x7b, 0xff, 0x7d])))).toBe("QMOI_INVALID_JSON");
  });

  it("over the limit get an answer that says so", async () => {
    const workflow = await ask("POST", "/v1/workflows", json, Buffer.alloc(DOCUMENT_BYTES + 1, 0x20));
    expect([workflow.status, codeOf(workflow)]).toEqual([413, "QMOI_TOO_LARGE"]);
    expect((await ask("POST", "/v1/runs", json, Buffer.alloc(300_000, 0x20))).status).toBe(413);
  });

  it("without end are cut", async () => {
    const endless = new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.write(
        `POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const chunk = `100000\r\n${"x".repeat(0x100000)}\r\n`;
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket
        .on("drain", pump)
        .on("error", () => undefined)
        .on("close", () => resolve("cut"));
      pump();
    });
    expect(await endless).toBe("cut");
  });
});

describe("hostile requests", () => {
  it.each([
    ["nonsense", "\u0000\u0001\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["an endless head", `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ["two lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a length and chunks", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["an absolute target", "GET http://evil.example/v1/runs HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", /^$/],
    ["bytes in the path", "GET /v1/runs/%ff%00 HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a path out of the folder", "GET /../../token HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 404 /],
    [
      "a path to another host",
      "GET //evil.example/console.js HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 404 /,
    ],
  ])("%s", async (_, text, expected) => {
    const sent = text.replace("HOST", `127.0.0.1:${port}`).replace("AUTH", `Authorization: ${BEARER.authorization}`);
    expect(await raw(sent)).toMatch(expected);
  });

  it("that come too slowly are cut", async () => {
    const strict = create({ headTimeoutMs: 50, requestTimeoutMs: 100 });
    const to = Number(new URL(await strict.listen()).port);
    expect(await raw("GET /v1/health HTTP/1.1\r\nHost: ", to)).toMatch(/^HTTP\/1\.1 408 /);
    const body = `POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1:${to}\r\nAuthorization: ${BEARER.authorization}\r\nContent-Length: 9\r\n\r\n{`;
    expect(await raw(body, to)).toMatch(/^HTTP\/1\.1 408 /);
    await strict.close();
  });
});

describe("the server", () => {
  it("says clearly that its port is taken", async () => {
    const other = create({ port });
    await expect(other.listen()).rejects.toMatchObject({ code: "QMOI_PORT_TAKEN", message: expect.stringContaining(String(port)) });
    await other.close();
  });

  it("listens on 127.0.0.1 only", () => {
    expect(server.url).toBe(`http://127.0.0.1:${port}`);
  });

  it("tells each run that changed once to who listens", async () => {
    const controller = new AbortController();
    const response = await fetch(`${server.url}/events`, { headers: BEARER, signal: controller.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    for (const run of ["r1", "r2", "r1"]) server.events.tell(run);
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes("r2")) break;
    }
    expect(text.match(/^data: .*$/gm)).toEqual(['data: {"run":"r1"}', 'data: {"run":"r2"}']);
    controller.abort();
  });

  it("closes while a browser listens", async () => {
    const closing = create();
    const url = await closing.listen();
    const response = await fetch(`${url}/events`, { headers: BEARER });
    await closing.close();
    await response.text();
    await expect(fetch(url)).rejects.toThrow();
  });
});
