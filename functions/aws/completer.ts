import type { Callback, Completion } from "@qmoi/adapters/aws";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openCloud } from "./system.ts";

const system = openCloud();

/** What Lambda sends of an asynchronous invocation that failed for good. */
interface FailedInvocation {
  readonly requestContext: { readonly condition: string };
  readonly requestPayload: { readonly qmoi?: Callback };
  readonly responsePayload?: { readonly errorType?: string; readonly errorMessage?: string };
}

const completionOf = (message: Completion | FailedInvocation): Completion | undefined => {
  if ("token" in message) return message;
  const token = message.requestPayload.qmoi?.token;
  if (token === undefined) return undefined;
  const { errorType = message.requestContext.condition, errorMessage = "The function ended without telling how it went." } =
    message.responsePayload ?? {};
  const kind = /timed out/i.test(errorMessage) ? "timeout" : "exception";
  return { token, result: { ok: false, failure: { class: kind, code: errorType, message: errorMessage } } };
};

/** Ends attempts whose work ran elsewhere. What comes before its time is held back again. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const { ports, completions } = system;
  const invocation = system.invocation(() => context.getRemainingTimeInMillis());
  const failed: string[] = [];
  const end = async (text: string): Promise<void> => {
    const completion = completionOf(JSON.parse(text) as Completion | FailedInvocation);
    if (!completion) return ports.logger.log("warn", "an outcome names no attempt");
    const { token, result, output, at = 0 } = completion;
    if (at > ports.clock.now()) return completions.send([completion], () => at - ports.clock.now());
    if (!(await invocation.complete(token, result, output)))
      ports.logger.log("info", "an outcome came too late", { run: token.split("/")[0] });
  };
  await Promise.all(
    event.Records.map(({ messageId, body }) =>
      end(body).catch((error) => {
        ports.logger.log("warn", "an outcome was not taken in; it comes again", { error });
        failed.push(messageId);
      }),
    ),
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
