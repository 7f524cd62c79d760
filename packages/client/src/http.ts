import { ERRORS, type ErrorCode, QmoiError } from "@qmoi/core";
import type { Problem } from "./api.ts";

export interface ClientOptions {
  /** Where the API is, without `/v1`: `http://127.0.0.1:4600`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly key?: string;
  /** Milliseconds until a request counts as unanswered; 30,000 otherwise. */
  readonly timeoutMs?: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export interface Call {
  readonly method: "GET" | "POST";
  /** Encoded already. */
  readonly path: string;
  readonly query?: object;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one call and resolves with its answer. Rejects with the answer's QmoiError, or QMOI_UNREACHABLE when there is none. */
export type Send = <T>(call: Call) => Promise<T>;

/** Codes for answers that are not QMOI's own, such as a gateway's. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: "QMOI_UNAUTHORIZED",
  403: "QMOI_FORBIDDEN",
  404: "QMOI_NOT_FOUND",
  413: "QMOI_TOO_LARGE",
  429: "QMOI_THROTTLED",
  502: "QMOI_UNREACHABLE",
  503: "QMOI_STORE_UNAVAILABLE",
  504: "QMOI_STORE_UNAVAILABLE",
};

export const createSend = ({ url, key, timeoutMs = 30_000, fetch = globalThis.fetch }: ClientOptions): Send => {
  const base = baseOf(url);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw new QmoiError("QMOI_USAGE", "The API key has characters that no key has.");
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return async <T>({ method, path, query, body, headers }: Call): Promise<T> => {
    const init: RequestInit = {
      method,
      headers: {
        accept: "application/json",
        ...authorization,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${base}${path}${queryOf(query)}`, init);
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new QmoiError("QMOI_UNREACHABLE", `No QMOI server answers at ${base} (${reasonOf(cause)}).`, { cause });
    }
    const answer = parse(text);
    if (status >= 200 && status < 300 && answer !== undefined) return answer as T;
    throw errorOf(status, answer, base);
  };
};

const baseOf = (url: string): string => {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new QmoiError("QMOI_USAGE", `\`${url}\` is not the address of a server.`, {
      remedy: "Give an address such as http://127.0.0.1:4600.",
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
};

const queryOf = (query: object = {}): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? "" : `?${params}`;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "no answer in time";
  const inner = cause.cause as { code?: unknown; message?: unknown } | undefined;
  return String(inner?.code ?? inner?.message ?? cause.message);
};

const isProblem = (answer: unknown): answer is Problem => {
  const { code, detail } = (answer ?? {}) as Partial<Problem>;
  return typeof code === "string" && Object.hasOwn(ERRORS, code) && typeof detail === "string";
};

const errorOf = (status: number, answer: unknown, base: string): QmoiError => {
  if (isProblem(answer)) {
    const { code, detail, path, remedy, data, requestId } = answer;
    return new QmoiError(code as ErrorCode, detail, { ...(path === undefined ? {} : { path }), remedy, data: { ...data, requestId } });
  }
  const code = BY_STATUS[status] ?? (answer === undefined || status < 500 ? "QMOI_UNREACHABLE" : "QMOI_INTERNAL");
  return new QmoiError(code, `What answers at ${base} said HTTP ${status}, and not as a QMOI server does.`);
};
