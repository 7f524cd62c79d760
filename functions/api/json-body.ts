import { readJson } from "@qmoi/config";
import { QmoiError, TooLargeError } from "@qmoi/core";
import { bodyLimit } from "./limits.ts";
import type { ApiEvent } from "./request.ts";

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

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
