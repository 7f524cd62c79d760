import type { Json } from "@qmoi/core";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { renderedText } from "./rendered-text.ts";

/** Keys of an http target. */
export const httpSchema = z.object({
  url: z.string().min(1),
  method: z
    .string()
    .regex(/^[A-Z]+$/)
    .optional(),
  headers: z.record(z.string(), renderedText).optional(),
  body: (z.json() as z.ZodType<Json>).optional(),
  sign: z.union([z.string().min(1), z.object({ secret: z.string().min(1) })]).optional(),
  expect: z.array(z.int()).optional(),
  allowPrivate: z.boolean().default(false),
  redirects: z.int().min(0).max(10).default(0),
  timeoutSeconds: z.number().positive().optional(),
  maxResponseBytes: z
    .int()
    .positive()
    .default(1 << 20),
});
export type HttpSpec = z.output<typeof httpSchema>;

/** One hop: what is sent where. Header names are lower case. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Header values hold visible ASCII; a key with anything else is percent-encoded. */
const headerSafe = (key: string): string => (/^[\x21-\x7e]+$/.test(key) ? key : encodeURIComponent(key));

const bodyText = (body: Json | undefined): string | undefined =>
  body === undefined || typeof body === "string" ? body : JSON.stringify(body);

/**
 * The first request of a target. Signed by Standard Webhooks (standardwebhooks.com) where a secret is given: the id is the
 * idempotency key, the same over all attempts. Throws TypeError for a URL, and Error for a secret, that is not one.
 */
export const firstRequest = (spec: HttpSpec, idempotencyKey: string, now: number): HttpRequest => {
  const url = new URL(spec.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${url.protocol} is not http: or https:`);
  const body = bodyText(spec.body);
  const id = headerSafe(idempotencyKey);
  const given = Object.entries(spec.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers: Record<string, string> = { accept: "*/*", "user-agent": "qmoi", "idempotency-key": id };
  if (body !== undefined) headers["content-type"] = typeof spec.body === "string" ? "text/plain; charset=utf-8" : "application/json";
  Object.assign(headers, Object.fromEntries(given));
  // How the body is framed is the client's to say: a wrong header would let one request look like two.
  delete headers["transfer-encoding"];
  delete headers["content-length"];
  if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
  if (spec.sign !== undefined) {
    const time = new Date(now);
    const secret = typeof spec.sign === "string" ? spec.sign : spec.sign.secret;
    headers["webhook-id"] = id;
    headers["webhook-timestamp"] = String(Math.floor(now / 1000));
    headers["webhook-signature"] = new Webhook(secret).sign(id, time, body ?? "");
  }
  return { url, method: spec.method ?? (body === undefined ? "GET" : "POST"), headers, body };
};

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What another origin may see: any other header can be a credential. */
const CARRIED = new Set(["accept", "accept-language", "user-agent", "content-type", "content-length", "idempotency-key"]);

/** The next hop after a redirect, as fetch makes it; undefined if the answer isn't one. Throws TypeError for a location that is no URL. */
export const redirected = (request: HttpRequest, status: number, location: string | undefined): HttpRequest | undefined => {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const url = new URL(location, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${url.protocol} is not http: or https:`);
  const toGet = status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  const entries = Object.entries(request.headers).filter(([name]) => {
    if (toGet && name.startsWith("content-")) return false;
    return url.origin === request.url.origin || CARRIED.has(name);
  });
  return { url, method: toGet ? "GET" : request.method, headers: Object.fromEntries(entries), body: toGet ? undefined : request.body };
};
