import { schemaFiles } from "@qmoi/config/schemas";
import { type ErrorCode, LOCAL, QmoiError, silentLogger } from "@qmoi/core";
import { type ApiHandler, createApi } from "@qmoi/functions/api";
import { Ajv2020 } from "ajv/dist/2020.js";
import { apiEvent } from "../../support/api-event.ts";
import { Laptop, wait } from "../../support/laptop.ts";
import { type FuzzTarget, Unjustified } from "../fuzz.ts";
import { mutateDocument } from "../mutate-json.ts";
import { randomText } from "../mutate-text.ts";
import { judgeWorkflow } from "./workflow-rules.ts";

/** A request as this target writes it down. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const document = { name: "fuzzed", inputs: { type: "object" }, tasks: [{ name: "a", target: wait(0) }] };
const PLACEHOLDER = "RUN";
const get = (path: string, query: Record<string, string> = {}): Request => ({ method: "GET", path, query, headers: {} });
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Request => ({
  method: "POST",
  path,
  query: {},
  headers,
  body,
});

/** Requests that are answered with success. */
const VALID: readonly Request[] = [
  get("/v1/health"),
  get("/v1/workflows", { limit: "5" }),
  get("/v1/workflows/fuzzed"),
  get("/v1/workflows/fuzzed/versions"),
  get("/v1/runs", { limit: "3", workflow: "fuzzed", state: "succeeded" }),
  get(`/v1/runs/${PLACEHOLDER}`),
  get(`/v1/runs/${PLACEHOLDER}/tasks`, { state: "succeeded", limit: "9" }),
  get(`/v1/runs/${PLACEHOLDER}/tasks/a`),
  get(`/v1/runs/${PLACEHOLDER}/tasks/a/logs`, { attempt: "1" }),
  get("/v1/history", { limit: "2", workflow: "fuzzed", state: "succeeded" }),
  get("/v1/stats", { by: "day", days: "2" }),
  get("/v1/dead-letters", { day: "2026-01-31" }),
  get("/v1/schedules", { next: "2" }),
  post("/v1/workflows", document),
  post("/v1/workflows/validate", document),
  post("/v1/runs", { workflow: "fuzzed", inputs: { a: 1 }, priority: 3, reason: "why" }, { "idempotency-key": "k" }),
];

const STATE = "running|paused|cancelling|succeeded|failed|cancelled|pending|ready|waiting|held|skipped|void";
const NAME = String.raw`[^\p{Cc}]{1,250}`;
/** What each query parameter may say, in other words than the API's own. */
const QUERY: Readonly<Record<string, string>> = {
  limit: "[1-9][0-9]{0,2}|1000",
  state: STATE,
  workflow: NAME,
  type: NAME,
  run: NAME,
  attempt: "[1-9][0-9]{0,5}",
  by: "workflow|type|day",
  days: "[1-9][0-9]{0,3}",
  day: "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
  next: "[1-9][0-9]?|100",
  version: NAME,
  from: NAME,
  to: NAME,
  after: String.raw`[^\p{Cc}]{1,4096}`,
};

const ajv = new Ajv2020({ strict: false });
const isWorkflow = ajv.compile(schemaFiles()["workflow.schema.json"] as object);
const reason = { type: "string", minLength: 1, maxLength: 1000 };
const isStart = ajv.compile({
  type: "object",
  additionalProperties: false,
  required: ["workflow"],
  properties: {
    workflow: { type: "string" },
    version: { type: "string", pattern: "^[0-9a-f]{6,16}$" },
    inputs: { type: "object" },
    priority: { type: "integer", minimum: 1, maximum: 10 },
    reason,
  },
});

/** Names under which workflows were published meanwhile. */
const published = new Set([document.name]);
let laptop: Laptop | undefined;
let api: ApiHandler | undefined;
let run = "";

/** A real engine in memory behind the API, with one run that has ended. */
const open = async (): Promise<ApiHandler> => {
  if (api) return api;
  laptop = await Laptop.start();
  run = (await laptop.run(document, { inputs: { a: 1 } })).run;
  api = createApi({
    plane: laptop.plane,
    services: laptop.system.services,
    version: "1.0.0",
    logger: silentLogger,
    now: () => 0,
    authenticate: () => LOCAL,
  });
  return api;
};

export const closeApi = async (): Promise<void> => {
  await laptop?.stop();
  laptop = undefined;
  api = undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const texts = (value: unknown): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, typeof entry === "string" ? entry : JSON.stringify(entry)]))
    : {};

/** The request that a text stands for; one that isn't written as a request is sent as the body that starts a run. */
const requestOf = (input: string): Request => {
  try {
    const value: unknown = JSON.parse(input);
    if (isObject(value) && typeof value.method === "string" && typeof value.path === "string") {
      const { method, path } = value;
      const body = "body" in value ? { body: typeof value.body === "string" ? value.body : JSON.stringify(value.body) } : {};
      return { method, path, query: texts(value.query), headers: texts(value.headers), ...body };
    }
  } catch {
    // No JSON, or nested too deeply to be written again: a body.
  }
  return post("/v1/runs", input);
};

const judge = (request: Request): void => {
  const name = /^\/v1\/workflows\/([^/]+)/.exec(request.path)?.[1];
  const path = name !== undefined && published.has(name) ? request.path.replace(name, document.name) : request.path;
  const route = `${request.method} ${path.replace(/\/$/, "")}`;
  const known = VALID.find(
    (valid) => `${valid.method} ${valid.path}` === route || `${valid.method} ${valid.path.replace(PLACEHOLDER, run)}` === route,
  );
  if (!known) throw new Unjustified(`${route} is no request that should succeed`);
  for (const [key, value] of Object.entries(request.query)) {
    if (!new RegExp(`^(?:${QUERY[key] ?? "(?!)"})$`, "u").test(value)) throw new Unjustified(`the query says ${key}=${value}`);
  }
  const body = typeof request.body === "string" ? JSON.parse(request.body) : request.body;
  if (route === "POST /v1/runs" && !published.has(body.workflow)) throw new Unjustified(`there is no workflow ${body.workflow}`);
  if (route === "POST /v1/runs" && !isStart(body)) throw new Unjustified(`the body is ${ajv.errorsText(isStart.errors)}`);
  if (route.startsWith("POST /v1/workflows")) {
    if (!isWorkflow(body)) throw new Unjustified(`the workflow is ${ajv.errorsText(isWorkflow.errors)}`);
    judgeWorkflow(body as Parameters<typeof judgeWorkflow>[0]);
    if (route === "POST /v1/workflows") published.add((body as { name: string }).name);
  }
};

const harmless = (request: Request, from: string | undefined): string => {
  if (from === undefined) return "a valid request by chance";
  const before = JSON.parse(from) as Request;
  const changed = (["method", "path", "query", "headers", "body"] as const).filter(
    (part) => JSON.stringify(request[part]) !== JSON.stringify(before[part]),
  );
  return changed.length === 0 ? "means the same" : `another valid ${changed.join(" and ")}`;
};

/** Requests to the HTTP API. */
export const apiRequests: FuzzTarget = {
  name: "api",
  mutate: (random) => {
    const valid = random.pick(VALID);
    return { input: mutateDocument(valid, random), from: JSON.stringify(valid) };
  },
  invent: randomText,
  run: async (input) => {
    const handle = await open();
    const { method, path, query, headers, body } = requestOf(input);
    const answer = await handle(
      apiEvent(method, path.replace(PLACEHOLDER, run), { query, headers, ...(body === undefined ? {} : { body }) }),
    );
    if ((answer.statusCode ?? 200) < 300) return;
    const problem = JSON.parse(answer.body ?? "null") as { code?: ErrorCode; title?: string } | null;
    if (answer.statusCode === 500 || problem?.code === undefined) throw new Error(`status ${answer.statusCode}: ${answer.body}`);
    throw new QmoiError(problem.code, problem.title ?? "");
  },
  justify: (input, from) => {
    const request = requestOf(input);
    judge({ ...request, path: request.path.replace(PLACEHOLDER, run) });
    return harmless(request, from);
  },
};
