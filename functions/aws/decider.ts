import { changeOfRecord, type StreamRecord } from "@qmoi/adapters/aws";
import type { Wake } from "@qmoi/runtime";
import type { DynamoDBStreamEvent, SQSEvent } from "aws-lambda";
import { openInvocations } from "./invocation.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";

const system = openCloud();
const invocationOf = openInvocations(system);

/** Folds what the table's stream tells, and looks at runs whose time has come. A failure brings the batch again; what is given up, the tick finds. */
export const handler = serve(system, async (event: DynamoDBStreamEvent | SQSEvent, context): Promise<void> => {
  const invocation = invocationOf(context);
  const changes = event.Records.flatMap((record) => ("dynamodb" in record ? (changeOfRecord(record as StreamRecord) ?? []) : []));
  if (changes.length > 0) await invocation.changes(changes);
  const wakes = event.Records.flatMap((record) => ("body" in record ? [JSON.parse(record.body) as Wake] : []));
  const now = system.ports.clock.now();
  const early = wakes.filter(({ at }) => at > now);
  if (early.length > 0) await system.later(early);
  const due = new Set(wakes.filter(({ at }) => at <= now).map(({ run }) => run));
  if (due.size > 0) await invocation.wakes(due);
});
