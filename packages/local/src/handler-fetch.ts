import { randomUUID } from "node:crypto";
import type { ApiHandler } from "@qmoi/functions/api";
import { gatewayEvent } from "./gateway-event.ts";

/** A fetch that asks the API in this process, without a port: what a client takes in place of the network. */
export const handlerFetch =
  (handler: ApiHandler, now: () => number) =>
  async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { host, pathname, search } = new URL(url);
    const headers = Object.fromEntries(new Headers(init.headers));
    const result = await handler(
      gatewayEvent({
        method: init.method ?? "GET",
        target: `${pathname}${search}`,
        headers: { ...headers, host },
        body: Buffer.from(typeof init.body === "string" ? init.body : ""),
        sourceIp: "127.0.0.1",
        requestId: randomUUID(),
        at: now(),
      }),
    );
    return new Response(result.body ?? null, { status: result.statusCode ?? 500, headers: result.headers as Record<string, string> });
  };
