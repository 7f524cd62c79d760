import middy from "@middy/core";
import httpRouter from "@middy/http-router";
import { type Logger, NotFoundError, type Principal, QmoiError, roleAllows } from "@qmoi/core";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { audited } from "./audited.ts";
import { idempotent } from "./idempotent.ts";
import type { OpenApi } from "./openapi.ts";
import { problemOf } from "./problem.ts";
import { type ApiEvent, authorized, pathParameters, principalOf } from "./request.ts";
import type { Call, Route, RouteContext } from "./route.ts";
import { allowedMethods, isOpen, ROUTES, scopeOf } from "./routes/index.ts";

export type ApiResult = APIGatewayProxyStructuredResultV2;
/** Resolves with whom the request's credentials stand for; without valid ones, with undefined. */
export type Authenticate = (event: ApiEvent) => Promise<Principal | undefined> | Principal | undefined;

/** For an API that answers JSON only: nothing of it may be cached, framed, sniffed or embedded. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
};

const json = (statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}, type = "application/json"): ApiResult => ({
  statusCode,
  headers: { ...SECURITY_HEADERS, "content-type": `${type}; charset=utf-8`, ...headers },
  body: JSON.stringify(body),
});

const text = (statusCode: number, body: string, type: string, headers: Readonly<Record<string, string>> = {}): ApiResult => ({
  statusCode,
  headers: { ...SECURITY_HEADERS, "content-type": `${type}; charset=utf-8`, ...headers },
  body,
});

const routeHandler = (route: Route, context: RouteContext, logger: Logger) => {
  const recorded = audited(route, logger);
  const once = idempotent(route);
  return async (event: ApiEvent): Promise<ApiResult> => {
    const who = principalOf(event);
    if (route.role && !who) throw unauthorized();
    const params = pathParameters(event, route.path);
    const { requestId, http } = event.requestContext;
    const about = { ...context, who, from: http.sourceIp, requestId, params, headers: event.headers };
    const refusal = who && refusalOf(route, who, context.configuration.current().master.master_only_mode);
    if (refusal) await recorded(callOf(about), () => Promise.reject(refusal));
    const query = await queryOf(route, event);
    const body = await bodyOf(route, event);
    const call = callOf({ ...about, query, body });
    const answer = await once(call, () => recorded(call, () => route.handle(call)));
    const status = answer.status ?? route.status;
    return route.type === undefined
      ? json(status, answer.body, answer.headers)
      : text(status, String(answer.body), route.type, answer.headers);
  };
};

const queryOf = async ({ query }: Route, { queryStringParameters: given = {} }: ApiEvent): Promise<unknown> => {
  if (!query && Object.keys(given).length === 0) return given;
  const [{ check }, { noQuery }] = await Promise.all([import("./check.ts"), import("./schemas.ts")]);
  return check((await query?.()) ?? noQuery, given, "query");
};

const bodyOf = async ({ body }: Route, event: ApiEvent): Promise<unknown> => {
  const isGiven = event.body || event.headers["content-type"] !== undefined;
  const parsed = isGiven ? (await import("./json-body.ts")).jsonBody(event) : undefined;
  if (body) return (await import("./check.ts")).check(await body(), parsed, "body");
  if (parsed !== undefined) throw new QmoiError("QMOI_INVALID_INPUT", "This route takes no body.", { path: "$.body" });
  return undefined;
};

const callOf = (parts: object): Call<never, never> => parts as unknown as Call<never, never>;

/** Why the principal may not call the route; undefined if it may. `masterOnly`: others may only look. */
const refusalOf = ({ role, path, audit }: Route, who: Principal, masterOnly: boolean): QmoiError | undefined => {
  if (masterOnly && audit !== undefined && !roleAllows(who.role, "master"))
    return new QmoiError(
      "QMOI_FORBIDDEN",
      `master_only_mode is on: only the role master may change anything; the credentials have ${who.role}.`,
    );
  if (role && !roleAllows(who.role, role))
    return new QmoiError("QMOI_FORBIDDEN", `This needs the role ${role}; the credentials have ${who.role}.`);
  const scope = scopeOf(path);
  if (!role || !who.scopes || who.scopes.includes(scope)) return undefined;
  return new QmoiError("QMOI_FORBIDDEN", `This needs the scope ${scope}; the credentials have ${who.scopes.join(", ")}.`);
};

const noRoute = ({ method, path }: { method: string; path: string }): never => {
  const allowed = allowedMethods(path);
  if (allowed.length === 0) throw new NotFoundError(`There is no route ${method} ${path.slice(0, 200)}.`);
  throw new QmoiError("QMOI_METHOD_NOT_ALLOWED", `${path.slice(0, 200)} takes ${allowed.join(", ")}, not ${method}.`, {
    data: { allow: allowed },
  });
};

const unauthorized = (): QmoiError => new QmoiError("QMOI_UNAUTHORIZED", "The request carries no valid credentials.");

/** Does what the gateway does with its authorizer: nobody without credentials learns which paths there are. */
const authentication = (authenticate: Authenticate): middy.MiddlewareObj<ApiEvent, ApiResult> => ({
  before: async (request) => {
    const { method, path } = request.event.requestContext.http;
    if (isOpen(method, path)) return;
    const who = await authenticate(request.event);
    if (!who) throw unauthorized();
    request.event = authorized(request.event, who);
  },
});

const problems = (logger: Logger): middy.MiddlewareObj<ApiEvent, ApiResult> => ({
  onError: (request) => {
    const { requestId, http } = request.event.requestContext;
    const problem = problemOf(request.error, requestId);
    if (problem.status >= 500)
      logger.log("error", "request failed", { requestId, method: http.method, path: http.path, error: request.error });
    const headers: Record<string, string> = {};
    if (problem.code === "QMOI_METHOD_NOT_ALLOWED") headers.allow = ((problem.data?.allow ?? []) as string[]).join(", ");
    if (problem.code === "QMOI_UNAUTHORIZED") headers["www-authenticate"] = "Bearer";
    request.response = json(problem.status, problem, headers, "application/problem+json");
  },
});

/** Every answer carries the request's id, and each request is one line of the log: for debugging, unless it was refused. */
const requestLog = (logger: Logger, now: () => number): middy.MiddlewareObj<ApiEvent, ApiResult> => {
  const began = new WeakMap<ApiEvent, number>();
  const end = (request: middy.Request<ApiEvent, ApiResult>): void => {
    const { requestId, http } = request.event.requestContext;
    const response = request.response as ApiResult;
    response.headers = { ...response.headers, "x-request-id": requestId };
    logger.log((response.statusCode ?? 200) >= 400 ? "info" : "debug", "request", {
      requestId,
      method: http.method,
      path: http.path,
      status: response.statusCode,
      ms: now() - (began.get(request.event) ?? now()),
    });
  };
  return {
    before: ({ event }) => {
      began.set(event, now());
    },
    after: end,
    onError: end,
  };
};

export interface Composition extends Omit<RouteContext, "describe"> {
  readonly logger: Logger;
  readonly authenticate?: Authenticate;
}

/** The one place where middleware is put together, outermost first. */
export const compose = ({ logger, authenticate, ...parts }: Composition): middy.MiddyfiedHandler<ApiEvent, ApiResult> => {
  let described: Promise<OpenApi> | undefined;
  const describe = (): Promise<OpenApi> => (described ??= import("./openapi.ts").then(({ openApiOf }) => openApiOf(ROUTES, parts.version)));
  const context = { ...parts, describe };
  const router = httpRouter<ApiEvent, ApiResult>({
    routes: ROUTES.map((route) => ({ method: route.method, path: route.path, handler: routeHandler(route, context, logger) })),
    notFoundResponse: noRoute,
  });
  const handler = middy<ApiEvent, ApiResult>().use(requestLog(logger, context.now)).use(problems(logger));
  if (authenticate) handler.use(authentication(authenticate));
  return handler.handler((event, lambda) => {
    const { method, path } = event.requestContext.http;
    // The router takes neither for a request; whoever sends one so still gets an answer that says it.
    return method === "" || path === "" ? noRoute({ method, path }) : router(event, lambda);
  });
};
