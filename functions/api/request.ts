import { type Principal, QmoiError, ROLES } from "@qmoi/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

export type ApiEvent = APIGatewayProxyEventV2;

const KINDS = ["key", "oidc", "system"] as const satisfies readonly Principal["kind"][];
const isOneOf = <T>(all: readonly T[], value: unknown): value is T => all.includes(value as T);

/** Whom the authorizer found behind the request, as the gateway hands it on; undefined where none was asked. */
export const principalOf = (event: ApiEvent): Principal | undefined => {
  const { authorizer } = event.requestContext as { readonly authorizer?: { readonly lambda?: unknown } };
  const { id, kind, role, scopes } = (authorizer?.lambda ?? {}) as { readonly [key in keyof Principal]?: unknown };
  if (typeof id !== "string" || id === "" || !isOneOf(KINDS, kind) || !isOneOf(ROLES, role)) return undefined;
  if (scopes !== undefined && typeof scopes !== "string") return undefined;
  return { id, kind, role, ...(scopes === undefined ? {} : { scopes: scopes.split(",") }) };
};

/** The event as the gateway hands it on after its authorizer found `who`. */
export const authorized = (event: ApiEvent, { scopes, ...who }: Principal): ApiEvent => {
  const lambda = { ...who, ...(scopes ? { scopes: scopes.join(",") } : {}) };
  return { ...event, requestContext: { ...event.requestContext, authorizer: { lambda } } } as ApiEvent;
};

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
