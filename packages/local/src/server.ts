import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Logger, NotFoundError, type Principal, QmoiError } from "@qmoi/core";
import {
  type ApiEvent,
  type ApiHandler,
  type ApiResult,
  authorized,
  bodyLimit,
  principalOf,
  problemOf,
  SECURITY_HEADERS,
} from "@qmoi/functions/api";
import type { Authorizer } from "@qmoi/functions/authorizer";
import { Access } from "./access.ts";
import { consoleFile } from "./console-files.ts";
import { EventStream } from "./event-stream.ts";
import { gatewayEvent, pathOf } from "./gateway-event.ts";
import { loginPage, PAGE_HEADERS } from "./login-page.ts";
import { guardOrigin } from "./origin-guard.ts";
import { readBody } from "./request-body.ts";

export interface ServerOptions {
  readonly api: ApiHandler;
  /** Finds out who calls, as the gateway's authorizer does in the cloud. */
  readonly authorizer: Authorizer;
  /** The data folder's key as it is now. */
  readonly key: () => string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly logger: Logger;
  readonly now: () => number;
  /** A new id for each request. */
  readonly requestId: () => string;
  /** Milliseconds in which a request's head, and the whole request, must have come. */
  readonly headTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** The API, the console and its live events on 127.0.0.1. */
export class Server {
  /** Feeds `/events`. */
  readonly events = new EventStream();
  readonly #options: ServerOptions;
  readonly #http: HttpServer;
  #access: Access;
  #port = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#access = new Access(options.key, options.port);
    const { headTimeoutMs = 10_000, requestTimeoutMs = 60_000 } = options;
    this.#http = createServer(
      {
        headersTimeout: headTimeoutMs,
        requestTimeout: requestTimeoutMs,
        connectionsCheckingInterval: Math.min(1000, headTimeoutMs),
        keepAliveTimeout: 10_000,
        maxHeaderSize: 16 * 1024,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#http.maxConnections = 1000;
    this.#http.on("clientError", refuseMalformed);
  }

  /** Resolves with the address. Rejects with QMOI_PORT_TAKEN. */
  async listen(): Promise<string> {
    const { port, key } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", (cause: NodeJS.ErrnoException) => reject(cause.code === "EADDRINUSE" ? portTaken(port, cause) : cause));
      this.#http.listen({ host: "127.0.0.1", port }, resolve);
    });
    this.#port = (this.#http.address() as AddressInfo).port;
    this.#access = new Access(key, this.#port);
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes no more requests, lets those under way end for at most `graceMs`, and resolves when all connections are closed. */
  async close(graceMs = 2000): Promise<void> {
    this.events.close();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    const cut = setTimeout(() => this.#http.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(cut);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = this.#options.requestId();
    try {
      await this.#route(request, response, requestId);
    } catch (error) {
      const problem = problemOf(error, requestId);
      if (problem.status >= 500) this.#options.logger.log("error", "request failed", { requestId, error });
      send(response, {
        statusCode: problem.status,
        headers: { ...SECURITY_HEADERS, "content-type": "application/problem+json; charset=utf-8", "x-request-id": requestId },
        body: JSON.stringify(problem),
      });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { method = "", url: target = "", headers } = request;
    const path = pathOf(target);
    if (!path.startsWith("/")) throw new QmoiError("QMOI_INVALID_INPUT", "The request's target is not a path.");
    guardOrigin(method, path, headers, this.#port);
    const event = this.#event(request, requestId, Buffer.alloc(0));
    const who = await this.#authorize(event);
    if (path.startsWith("/v1/") || path === "/docs" || !(method === "GET" || method === "HEAD"))
      return this.#callApi(request, response, requestId, who);
    if (path === "/events" && who) return this.events.add(response);
    if (path === "/") return this.#sendPage(target, response, who !== undefined);
    const file = who ? await consoleFile(path) : undefined;
    if (!file) throw who ? new NotFoundError(`There is nothing at ${path.slice(0, 200)}.`) : unauthorized();
    send(response, { statusCode: 200, headers: { ...PAGE_HEADERS, "content-type": file.type }, body: file.bytes });
  }

  /** Asks the authorizer as the gateway does: before the body is read. */
  async #authorize(event: ApiEvent): Promise<Principal | undefined> {
    const authorization = this.#access.authorization(event.headers.authorization, event.cookies);
    const headers = { ...event.headers, ...(authorization === undefined ? {} : { authorization }) };
    const { isAuthorized, context } = await this.#options.authorizer({ ...event, headers });
    if (!isAuthorized) return undefined;
    return principalOf({ ...event, requestContext: { ...event.requestContext, authorizer: { lambda: context } } } as ApiEvent);
  }

  async #callApi(request: IncomingMessage, response: ServerResponse, requestId: string, who: Principal | undefined): Promise<void> {
    const { method = "", url: target = "" } = request;
    // Who may not ask is answered without being read.
    const body = who ? await readBody(request, bodyLimit(method, pathOf(target))) : Buffer.alloc(0);
    const event = this.#event(request, requestId, body);
    send(response, await this.#options.api(who ? authorized(event, who) : event));
  }

  #event({ method = "", url: target = "", headers, socket }: IncomingMessage, requestId: string, body: Uint8Array): ApiEvent {
    return gatewayEvent({ method, target, headers, body, sourceIp: socket.remoteAddress ?? "", requestId, at: this.#options.now() });
  }

  /** `/?key=<key>` opens a session and leads to `/`, so that the key stays in no history and no address bar. */
  async #sendPage(target: string, response: ServerResponse, allowed: boolean): Promise<void> {
    const key = new URLSearchParams(target.slice(target.indexOf("?") + 1)).get("key");
    if (key !== null && this.#access.isKey(key)) {
      return send(response, { statusCode: 303, headers: { ...PAGE_HEADERS, location: "/", "set-cookie": this.#access.sessionCookie() } });
    }
    const page = allowed ? await consoleFile("/") : undefined;
    const type = "text/html; charset=utf-8";
    if (page) send(response, { statusCode: 200, headers: { ...PAGE_HEADERS, "content-type": type }, body: page.bytes });
    else send(response, { statusCode: 401, headers: { ...PAGE_HEADERS, "content-type": type }, body: loginPage(key !== null) });
  }
}

interface Sent extends Pick<ApiResult, "statusCode" | "headers"> {
  readonly body?: string | Buffer | undefined;
}

const send = (response: ServerResponse, { statusCode = 200, headers = {}, body = "" }: Sent): void => {
  if (response.headersSent || response.destroyed) return;
  // The rest of a body that was not read would be taken for the next request.
  const unread = response.req.complete ? {} : { connection: "close" };
  response
    .writeHead(statusCode, { ...(headers as Record<string, string>), "content-length": Buffer.byteLength(body), ...unread })
    .end(body);
};

const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable) return void socket.destroy();
  const status = { HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large", ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout" }[
    error.code ?? ""
  ];
  socket.end(`HTTP/1.1 ${status ?? "400 Bad Request"}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

const unauthorized = (): QmoiError => new QmoiError("QMOI_UNAUTHORIZED", "The request carries no valid credentials.");

const portTaken = (port: number, cause: unknown): QmoiError =>
  new QmoiError("QMOI_PORT_TAKEN", `Port ${port} is taken by another program.`, {
    remedy: `Choose another with --port (0 takes any free one), or stop what listens on ${port}.`,
    cause,
  });
