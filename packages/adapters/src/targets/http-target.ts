import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { Clock, Failure, Json, TargetCall, TargetResult, TargetRunner } from "@qmoi/core";
import { checkLiteral, guardedLookup, isPublicAddress } from "./address-guard.ts";
import { aborted, codeOf, failed, failure, invalid, isFailure, messageOf, readTarget } from "./failures.ts";
import { firstRequest, type HttpRequest, type HttpSpec, httpSchema, redirected } from "./http-request.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Shorter than the 5 s after which many servers close an idle connection, so that no request meets the closing. */
const IDLE_MS = 4000;
/** Answer's headers that go into the output; others are noise or, like set-cookie, secrets. */
const SHOWN = ["content-type", "content-length", "date", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"];

export interface HttpTargetOptions {
  readonly clock: Pick<Clock, "now">;
  /** Addresses that need no `allowPrivate`; public ones otherwise. */
  readonly isAllowed?: (address: string) => boolean;
  /** Name lookup, as node:dns's. */
  readonly lookup?: LookupFunction;
}

interface Agents {
  readonly "http:": HttpAgent;
  readonly "https:": HttpsAgent;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly truncated: boolean;
}

/**
 * Sends a request. Addresses outside the public internet are refused unless allowed, at each hop and on the address connected
 * to. The task's output is {status, headers, body} with the body as JSON or text; the body of an answer that fails the task is captured.
 */
export class HttpTarget implements TargetRunner {
  readonly type = "http";
  readonly #clock: Pick<Clock, "now">;
  readonly #isAllowed: (address: string) => boolean;
  /** Apart, because a connection kept alive under `allowPrivate` must not serve a target without it. */
  readonly #guarded: Agents;
  readonly #open: Agents;

  constructor(options: HttpTargetOptions) {
    this.#clock = options.clock;
    this.#isAllowed = options.isAllowed ?? isPublicAddress;
    this.#guarded = agents(guardedLookup(this.#isAllowed, options.lookup));
    this.#open = agents(guardedLookup(() => true, options.lookup));
  }

  async run(call: TargetCall): Promise<TargetResult> {
    const spec = readTarget(httpSchema, call);
    if (isFailure(spec)) return failed(spec);
    if (call.signal.aborted) return failed(aborted(call));
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    call.signal.addEventListener("abort", abort, { once: true });
    const timer = spec.timeoutSeconds === undefined ? undefined : setTimeout(abort, spec.timeoutSeconds * 1000);
    try {
      const request = firstRequest(spec, call.idempotencyKey, this.#clock.now());
      return await this.#exchange(request, spec, call, stop.signal);
    } catch (error) {
      if (call.signal.aborted) return failed(aborted(call));
      const timedOut = `The request took longer than ${spec.timeoutSeconds} s.`;
      return failed(stop.signal.aborted ? failure("timeout", "QMOI_TASK_TIMEOUT", timedOut) : requestFailure(error));
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", abort);
    }
  }

  async close(): Promise<void> {
    for (const agents of [this.#guarded, this.#open]) {
      agents["http:"].destroy();
      agents["https:"].destroy();
    }
  }

  async #exchange(first: HttpRequest, spec: HttpSpec, call: TargetCall, signal: AbortSignal): Promise<TargetResult> {
    let request = first;
    for (let hops = 0; ; hops++) {
      const response = await this.#send(request, spec.allowPrivate, signal);
      const status = response.statusCode ?? 0;
      const next = spec.expect?.includes(status) ? undefined : redirected(request, status, response.headers.location);
      if (!next || hops >= spec.redirects) return this.#result(request, await read(response, spec.maxResponseBytes, call), spec, call);
      // Not read to its end: that could be endless.
      response.destroy();
      request = next;
    }
  }

  #send(request: HttpRequest, allowPrivate: boolean, signal: AbortSignal): Promise<IncomingMessage> {
    if (!allowPrivate) checkLiteral(request.url, this.#isAllowed);
    const secure = request.url.protocol === "https:";
    const agent = (allowPrivate ? this.#open : this.#guarded)[secure ? "https:" : "http:"];
    return new Promise((resolve, reject) => {
      const options = { method: request.method, headers: request.headers, agent, signal };
      const sent = (secure ? httpsRequest : httpRequest)(request.url, options, resolve);
      sent.on("error", reject);
      sent.end(request.body);
    });
  }

  #result(request: HttpRequest, answer: Answer, spec: HttpSpec, call: TargetCall): TargetResult {
    const { status, headers, text, truncated } = answer;
    const success = spec.expect ? spec.expect.includes(status) : status >= 200 && status < 300;
    if (success) {
      const body = text === "" ? {} : { body: truncated ? text : bodyOf(text, headers["content-type"]) };
      return { ok: true, output: { status, headers, ...body, ...(truncated ? { truncated } : {}) } };
    }
    // Elsewhere the body is the output: kept twice, it would cost more than all else that is stored of a task.
    if (text !== "") call.output("stdout", Buffer.from(text));
    const retryAfterMs = parseRetryAfter(headers["retry-after"], this.#clock.now());
    const result = statusFailure(request, answer);
    return failed(retryAfterMs === undefined ? result : { ...result, retryAfterMs });
  }
}

const agents = (lookup: LookupFunction): Agents => {
  const options = { keepAlive: true, timeout: IDLE_MS, lookup };
  return { "http:": new HttpAgent(options), "https:": new HttpsAgent(options) };
};

/** Reads an answer up to `limit` bytes; the rest is left unread and the connection given up. */
const read = async (response: IncomingMessage, limit: number, call: TargetCall): Promise<Answer> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    const kept = chunk.subarray(0, limit - bytes);
    bytes += chunk.length;
    chunks.push(kept);
    call.heartbeat();
    // Leaving the loop destroys the response.
    if (bytes > limit) break;
  }
  const shown = SHOWN.flatMap((name) => (response.headers[name] === undefined ? [] : [[name, String(response.headers[name])] as const]));
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(shown), text, truncated: bytes > limit };
};

const bodyOf = (text: string, type: string | undefined): Json => {
  if (!type || !/[/+]json\b/i.test(type)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

const statusFailure = (request: HttpRequest, { status, headers, text }: Answer): Failure => {
  const kind = status === 429 ? "throttled" : status === 408 || status >= 500 ? "unavailable" : "http";
  // Without the query, which may hold credentials.
  const where = `${request.method} ${request.url.origin}${request.url.pathname}`;
  const redirect = status >= 300 && status < 400 && headers.location ? " A redirect is followed only as far as `redirects` allows." : "";
  const excerpt = text.trim().slice(0, 200);
  return failure(kind, `HTTP ${status}`, `${where} answered ${status}${excerpt ? `: ${excerpt}` : "."}${redirect}`);
};

const requestFailure = (error: unknown): Failure => {
  const code = codeOf(error);
  if (code === "QMOI_ADDRESS_REFUSED") return invalid(`${messageOf(error)} Set allowPrivate on the target if that is meant.`, code);
  // Without a system's or protocol's code the request could not even be made. ERR_INVALID_CHAR, ERR_INVALID_URL, ...
  const unsendable = code === undefined || /^ERR_(INVALID|UNESCAPED|HTTP)/.test(code);
  return unsendable ? invalid(messageOf(error), code ?? "QMOI_INVALID_WORKFLOW") : failure("network", code, messageOf(error) || code);
};
