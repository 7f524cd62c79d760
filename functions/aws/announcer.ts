import { changeOfRecord, EventBridgeBus, functionLogger, type StreamRecord } from "@qmoi/adapters/aws";
import type { LogLevel } from "@qmoi/core";
import { eventsOf } from "@qmoi/runtime";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { readEnvironment } from "./environment.ts";
import { serve } from "./serve.ts";

const env = readEnvironment(process.env);
const bus = new EventBridgeBus(`${env.QMOI_PREFIX}events`);

/** Tells on the event bus what the table's stream tells. A failure brings the batch again; nobody who works waits for it. */
export const handler = serve({ logger: functionLogger(env.QMOI_LOG_LEVEL as LogLevel) }, async (event: DynamoDBStreamEvent) => {
  const changes = event.Records.flatMap((record) => changeOfRecord(record as StreamRecord) ?? []);
  await bus.publish(changes.flatMap(eventsOf));
});
