import type { ApiEvent } from "@qmoi/functions/api";

export interface ApiRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly base64?: boolean;
}

/** An API Gateway v2 event as an HTTP API sends it to its $default route. */
export const apiEvent = (method: string, path: string, { query, headers = {}, body, base64 = false }: ApiRequest = {}): ApiEvent => {
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(query ? { queryStringParameters: { ...query } } : {}),
    requestContext: {
      accountId: "anonymous",
      apiId: "test",
      domainName: "test",
      domainPrefix: "test",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: "request-1",
      routeKey: "$default",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 1_767_225_600_000,
    },
    ...(text === undefined ? {} : { body: base64 ? Buffer.from(text).toString("base64") : text }),
    isBase64Encoded: base64,
  };
};
