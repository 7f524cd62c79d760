import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import type { ApiEvent } from "@qmoi/functions/api";

/** One HTTP request, as far as a gateway passes it on. */
export interface GatewayRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const pathAndQuery = (target: string): [path: string, query: string] => {
  const mark = target.indexOf("?");
  return mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
};

export const pathOf = (target: string): string => pathAndQuery(target)[0];

export const cookiesOf = (headers: IncomingHttpHeaders): string[] => (headers.cookie ?? "").split(/; */).filter((cookie) => cookie !== "");

/** The request as API Gateway's HTTP APIs send it to a function (payload format 2.0, `$default` route). */
export const gatewayEvent = ({ method, target, headers, body, sourceIp, requestId, at }: GatewayRequest): ApiEvent => {
  const [path, query] = pathAndQuery(target);
  const { cookie: _, ...others } = headers;
  const cookies = cookiesOf(headers);
  const flat = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(",") : value]],
  );
  const text = body.length > 0 && isUtf8(body);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    headers: Object.fromEntries(flat),
    ...(cookies.length > 0 ? { cookies } : {}),
    ...(query === "" ? {} : { queryStringParameters: queryParameters(query) }),
    requestContext: {
      accountId: "anonymous",
      apiId: "local",
      domainName: headers.host ?? "localhost",
      domainPrefix: "local",
      http: { method, path, protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: new Date(at).toISOString(),
      timeEpoch: at,
    },
    ...(body.length === 0 ? {} : { body: Buffer.from(body).toString(text ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !text,
  };
};

/** Decoded; what is given more than once is joined by commas. */
const queryParameters = (query: string): Record<string, string> => {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(",")]));
};
