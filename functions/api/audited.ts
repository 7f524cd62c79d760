import { type AuditEvent, type Logger, QmoiError } from "@qmoi/core";
import type { Answer, Call, Route } from "./route.ts";

type AnyCall = Call<never, unknown>;

const reasonOf = (body: unknown): string | undefined => {
  const { reason } = (body ?? {}) as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : undefined;
};

/** What is known of a call before and without its answer. */
const eventOf = (action: string, { who, from, requestId, params, body }: AnyCall): Omit<AuditEvent, "outcome"> => {
  const reason = reasonOf(body);
  return { action, subject: Object.values(params).join("/"), who: who.id, from, requestId, ...(reason === undefined ? {} : { reason }) };
};

const outcomeOf = (error: unknown): Pick<AuditEvent, "outcome" | "after"> =>
  error instanceof QmoiError && error.status < 500
    ? { outcome: "refused", after: { code: error.code } }
    : { outcome: "failed", after: { code: error instanceof QmoiError ? error.code : "QMOI_INTERNAL" } };

/**
 * Does what `handle` does and records it under the route's action, before anybody hears of it. A record that the store doesn't take is
 * tried on: what was done is answered as done.
 */
export const audited =
  (route: Route, logger: Logger) =>
  async (call: AnyCall, handle: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> => {
    const { audit: action } = route;
    if (action === undefined) return handle();
    const record = (rest: Partial<AuditEvent> & Pick<AuditEvent, "outcome">): Promise<void> =>
      call.audit.append({ ...eventOf(action, call), ...rest }).catch((error) => {
        logger.log("error", "audit record not stored in time", { error, action, requestId: call.requestId });
      });
    try {
      const answer = await handle();
      if (!answer.recorded) await record({ outcome: "done", ...answer.audit });
      return answer;
    } catch (error) {
      await record(outcomeOf(error));
      throw error;
    }
  };
