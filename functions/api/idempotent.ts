import { canonicalJson, type Json, sha256 } from "@qmoi/core";
import { keyOf } from "./key-of.ts";
import type { Answer, Call, Route } from "./route.ts";

type AnyCall = Call<never, unknown>;

/** What is kept of an answer: all but what may be told only once. */
const kept =
  (route: Route) =>
  (answer: Json): Json => {
    const { body, ...rest } = answer as { readonly body: Record<string, Json> };
    return { ...rest, body: Object.fromEntries(Object.entries(body).filter(([name]) => !route.toldOnce?.includes(name))) };
  };

/**
 * Does a POST with an `Idempotency-Key` once, and answers its repetitions as the first. A route that knows the key itself, because it can
 * promise more than a day, does so by itself.
 */
export const idempotent =
  (route: Route) =>
  async (call: AnyCall, work: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> => {
    if (route.method !== "POST") return work();
    const key = await keyOf(call.headers);
    if (key === undefined || route.ownIdempotency) return work();
    const { who, params, body, idempotency } = call;
    const fingerprint = sha256(canonicalJson([route.method, route.path, params, (body ?? null) as Json] as Json));
    const { answer, replayed } = await idempotency.once(
      { who: who.id, key, fingerprint },
      async () => (await work()) as unknown as Json,
      kept(route),
    );
    const done = answer as unknown as Answer<unknown>;
    return replayed ? { ...done, headers: { ...done.headers, "idempotent-replayed": "true" } } : done;
  };
