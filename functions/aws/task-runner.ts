import type { Hint } from "@qmoi/runtime";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openCloud } from "./system.ts";

const system = openCloud();

/** Works on a batch of hints, all at once. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const hints = event.Records.map(({ messageId, body }) => ({ messageId, hint: JSON.parse(body) as Hint }));
  const again = await system.invocation(() => context.getRemainingTimeInMillis()).hints(hints.map(({ hint }) => hint));
  return { batchItemFailures: hints.filter(({ hint }) => again.includes(hint)).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
