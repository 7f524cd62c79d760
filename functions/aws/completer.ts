import { completionOf, type EndedElsewhere } from "@qmoi/adapters/aws";
import { Completions } from "@qmoi/runtime";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();

/** Ends attempts whose work ran elsewhere. What comes before its time is held back again. */
export const handler = serve(system, async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const { ports, completions, env } = system;
  const ended = new Completions(ports);
  const failed: string[] = [];
  const end = async (text: string): Promise<void> => {
    const completion = completionOf(env.QMOI_PREFIX, JSON.parse(text) as EndedElsewhere);
    if (!completion) return ports.logger.log("warn", "an outcome names no attempt");
    const { token, result, output, at = 0 } = completion;
    if (at > ports.clock.now()) return completions.send([completion], () => at - ports.clock.now());
    if (!(await ended.complete(token, result, output))) ports.logger.log("info", "an outcome came too late", { run: token.split("/")[0] });
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
});
