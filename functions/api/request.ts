import { readJson } from "@qmoi/config";
import { validate } from "@qmoi/config/validate";
import { type Principal, QmoiError, ROLES, TooLargeError } from "@qmoi/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod";
import { bodyLimit } from "./limits.ts";

export type ApiEvent = APIGatewayProxyEventV2;

const principalSchema = z
  .object({
    id: z.string().min(1),
    kind: z.enum(["key", "oidc", "system"]),
    role: z.enum(ROLES),
    scopes: z.string().optional(),
  })
  .transform(({ scopes, ...who }): Principal => ({ ...who, ...(scopes === undefined ? {} : { scopes: scopes.split(",") }) }));

/** Whom the authorizer found behind the request, as the gateway hands it on; undefined where none was asked. */
export const principalOf = (event: ApiEvent): Principal | undefined => {
  const { authorizer } = event.requestContext as { readonly authorizer?: { readonly lambda?: unknown } };
  return principalSchema.safeParse(authorizer?.lambda).data;
};

/** The event as the gateway hands it on after its authorizer found `who`. */
export const authorized = (event: ApiEvent, { scopes, ...who }: Principal): ApiEvent => {
  const lambda = { ...who, ...(scopes ? { scopes: scopes.join(",") } : {}) };
  return { ...event, requestContext: { ...event.requestContext, authorizer: { lambda } } } as ApiEvent;
};

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const invalid = (message: string, path: string): QmoiError => new QmoiError("QMOI_INVALID_INPUT", message, { path });

/** The parameters that the route's path names, decoded once. A gateway hands its own beside them: all of the path, as `proxy`. */
export const pathParameters = (event: ApiEvent, path: string): Readonly<Record<string, string>> => {
  const decoded: Record<string, string> = {};
  for (const [, name = ""] of path.matchAll(/\{(\w+)\}/g)) {
    let value: string;
    try {
      value = decodeURIComponent(event.pathParameters?.[name] ?? "");
    } catch {
      throw invalid("The path holds a malformed percent-encoding.", `$.path.${name}`);
    }
    if (!/^[\x20-\x7e]{1,400}$/.test(value))
      throw invalid(`The path's ${name} must be 1 to 400 printable ASCII characters.`, `$.path.${name}`);
    decoded[name] = value;
  }
  return decoded;
};

/** Checks a part of the request against its schema; the error tells every problem with its JSON path. */
export const check = <S extends z.ZodType>(schema: S, value: unknown, where: "query" | "body" | "headers"): z.output<S> =>
  validate(z.object({ [where]: schema }), { [where]: value })[where] as z.output<S>;

/** The parsed JSON body; undefined if there is none. Refuses other content types, bodies over the route's limit and too deep nesting. */
export const jsonBody = (event: ApiEvent): unknown => {
  const type = event.headers["content-type"];
  if (type !== undefined && !JSON_TYPE.test(type)) {
    throw new QmoiError("QMOI_UNSUPPORTED_MEDIA", `The content type \`${type.slice(0, 100)}\` is not supported.`, {
      path: "$.headers.content-type",
    });
  }
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length === 0) return undefined;
  if (type === undefined)
    throw new QmoiError("QMOI_UNSUPPORTED_MEDIA", "The request has a body but no content type.", { path: "$.headers.content-type" });
  const limit = bodyLimit(event.requestContext.http.method, event.requestContext.http.path);
  if (bytes.length > limit) throw new TooLargeError(`The body has ${bytes.length} bytes; the most here is ${limit}.`, { path: "$.body" });
  return readJson(decodeUtf8(bytes), { maxBytes: limit });
};

const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new QmoiError("QMOI_INVALID_JSON", "The body is not UTF-8.", { path: "$.body", cause });
  }
};
