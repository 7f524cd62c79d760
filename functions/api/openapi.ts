import * as z from "zod";
import { ADVICE_SCHEMAS } from "./advice-answers.ts";
import { SCHEMAS } from "./answers.ts";
import { COMMAND_SCHEMAS } from "./command-answers.ts";
import { FORECAST_SCHEMAS } from "./forecast-answers.ts";
import { GOVERNANCE_SCHEMAS } from "./governance-answers.ts";
import { problemAnswer } from "./problem-answer.ts";
import type { Route } from "./route.ts";
import { idempotencyKey, noQuery } from "./schemas.ts";

type Schema = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document, as far as it is read here. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly [kind: string]: unknown };
  readonly [key: string]: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
  readonly [key: string]: unknown;
}

const PROBLEM = "application/problem+json";
const COMPONENTS = "#/components/schemas/";

/** What API Gateway itself answers, which nobody can change. */
const gatewayAnswer = z.strictObject({ message: z.string() });

/** Names that show in the document and in the client's types. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  ...SCHEMAS,
  ...COMMAND_SCHEMAS,
  ...FORECAST_SCHEMAS,
  ...ADVICE_SCHEMAS,
  ...GOVERNANCE_SCHEMAS,
  Problem: problemAnswer,
  GatewayMessage: gatewayAnswer,
};

/** `GET /v1/runs/{run}/tasks` as `getRunsByRunTasks`. */
export const operationId = ({ method, path }: Pick<Route, "method" | "path">): string => {
  const words = path
    .replace(/^\/(?:v1\/)?/, "")
    .split(/[/.-]/)
    .map((part) => part.replace(/^\{(\w+)\}$/, "by-$1"))
    .flatMap((part) => part.split("-"));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
};

/** What a route takes and answers. */
interface Described {
  readonly query: z.ZodType;
  readonly body?: z.ZodType | undefined;
  readonly answer: z.ZodType;
}

const describedOf = async (route: Route): Promise<Described> => ({
  query: (await route.query?.()) ?? noQuery,
  body: await route.body?.(),
  answer: await route.answer(),
});

/** JSON Schemas of all that the routes take and answer, by the operation's id and the part; what has a name is referred to by it. */
const jsonSchemas = (routes: ReadonlyMap<Route, Described>, io: "input" | "output"): Readonly<Record<string, Schema>> => {
  const registry = z.registry<{ id?: string | undefined }>();
  const add = (schema: z.ZodType | undefined, id: string): void => {
    if (schema && !registry.has(schema)) registry.add(schema, { id });
  };
  for (const [name, schema] of Object.entries(NAMED)) registry.add(schema, { id: name });
  for (const [route, { query, body, answer }] of routes) {
    if (io === "input") {
      registry.add(z.object({ query, ...(body ? { body } : {}) }), { id: `${operationId(route)}.request` });
    } else add(answer, `${operationId(route)}.answer`);
  }
  const { schemas } = z.toJSONSchema(registry, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    uri: (id) => `${COMPONENTS}${id}`,
    override: ({ jsonSchema }) => {
      delete jsonSchema.$schema;
      delete jsonSchema.$id;
      // A number in a query is checked as text, and is a number all the same.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
    },
  });
  return schemas as Record<string, Schema>;
};

const without$ = ({ $schema: _, $id: __, ...schema }: Schema): Schema => schema;

interface ObjectSchema extends Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const parametersOf = (route: Route, query: ObjectSchema): NonNullable<Operation["parameters"]> => {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query.properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: query.required?.includes(name) ?? false,
    schema,
    ...(description === undefined ? {} : { description: String(description) }),
  }));
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    schema: without$(z.toJSONSchema(idempotencyKey.unwrap()) as Schema),
    description: "The same key with the same request is done once, and answered alike, within a day.",
  };
  return [...path, ...inQuery, ...(route.method === "POST" ? [key] : [])];
};

const answerOf = (route: Route, type: z.ZodType, answer: Schema | undefined): Operation["responses"][string] => {
  const named = Object.entries(NAMED).find(([, schema]) => schema === type)?.[0];
  const schema = named === undefined ? (answer ?? {}) : { $ref: `${COMPONENTS}${named}` };
  return { description: "Done.", content: { [route.type ?? "application/json"]: { schema } } };
};

const FAILURES = {
  "4XX": {
    description: "Refused. A gateway in front may refuse by itself, with its own short message.",
    content: {
      [PROBLEM]: { schema: { $ref: `${COMPONENTS}Problem` } },
      "application/json": { schema: { $ref: `${COMPONENTS}GatewayMessage` } },
    },
  },
  "5XX": {
    description: "Failed. A gateway in front may fail by itself, with its own short message.",
    content: {
      [PROBLEM]: { schema: { $ref: `${COMPONENTS}Problem` } },
      "application/json": { schema: { $ref: `${COMPONENTS}GatewayMessage` } },
    },
  },
} as const;

const operationOf = (route: Route, types: Described, request: ObjectSchema, answer: Schema | undefined): Operation => {
  const { query = {}, body } = request.properties ?? {};
  const tag = route.path.split("/")[2] ?? "api";
  const optional = types.body?.safeParse(undefined).success === true;
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.role ? tag : "api"],
    ...(route.role ? { description: `Needs the role ${route.role}.` } : { security: [] }),
    parameters: parametersOf(route, query as ObjectSchema),
    ...(body ? { requestBody: { required: !optional, content: { "application/json": { schema: without$(body) } } } } : {}),
    responses: Object.fromEntries([
      ...[route.status, ...(route.statuses ?? [])].map((status) => [String(status), answerOf(route, types.answer, answer)]),
      ...Object.entries(FAILURES),
    ]),
  };
};

const tagsOf = (paths: OpenApi["paths"]): readonly Schema[] => {
  const used = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags as readonly string[]));
  return [...new Set(used)].sort().map((name) => ({
    name,
    description: name === "api" ? "Open to everybody." : `A key may be held to this part by the scope \`${name}\`.`,
  }));
};

/** Describes the routes as OpenAPI 3.1. */
export const openApiOf = async (routes: readonly Route[], version: string): Promise<OpenApi> => {
  const described = new Map(await Promise.all(routes.map(async (route) => [route, await describedOf(route)] as const)));
  const [inputs, outputs] = [jsonSchemas(described, "input"), jsonSchemas(described, "output")];
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [route, types] of described) {
    const id = operationId(route);
    const answer = outputs[`${id}.answer`];
    const operation = operationOf(route, types, inputs[`${id}.request`] as ObjectSchema, answer && without$(answer));
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "QMOI",
      version,
      summary: "An automation control plane that runs itself.",
      description: `Errors are problems (RFC 9457) with a stable code and what to do. Every answer carries its request's id as X-Request-Id. Lists are paged: \`next\` of a page goes into the query as \`after\`.`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: tagsOf(paths),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key, or a token of a trusted identity provider." },
      },
      schemas: Object.fromEntries(Object.keys(NAMED).map((name) => [name, without$(outputs[name] ?? {})])),
    },
  };
};
