import { type Hint, WorkInvocation } from "@qmoi/runtime";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openDefinitions } from "./definitions.ts";
import { invocationId } from "./invocation.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { cloudWork } from "./work.ts";

const system = openCloud({ work: cloudWork });
const definitions = openDefinitions(system.ports);

/** Works on all hints of a batch at once: up to 20, two a message. */
export const handler = serve(system, async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
  const messages = event.Records.map(({ messageId, body }) => ({ messageId, hints: JSON.parse(body) as readonly Hint[] }));
  const remainingMs = (): number => context.getRemainingTimeInMillis();
  const invocation = new WorkInvocation(system.ports, { id: invocationId(), definitions, remainingMs });
  const again = new Set(await invocation.hints(messages.flatMap(({ hints }) => hints)));
  const failed = messages.filter(({ hints }) => hints.some((hint) => again.has(hint)));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
});
