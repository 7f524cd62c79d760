import { UnavailableError } from "@qmoi/core";
import type { ChangeHandler } from "../change-feed.ts";
import { clientConfig, type DynamoConnection } from "./dynamo-connection.ts";
import { DynamoStream } from "./dynamo-stream.ts";
import type { DynamoTableOptions } from "./dynamo-table.ts";

const POLL_MS = 250;

export type OpenStream = typeof openStream;

/** Begins to read a table's stream; resolves with the function that ends it. */
export const openStream = async (
  connection: DynamoConnection,
  options: DynamoTableOptions,
  handler: ChangeHandler,
): Promise<() => Promise<void>> => {
  const { tableName, streamPollMs = POLL_MS } = options;
  const { DescribeTableCommand } = await import("./definition-sdk.ts");
  const described = await connection.reads.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = described.Table?.LatestStreamArn;
  if (streamArn === undefined) throw new UnavailableError(`The table ${tableName} has no stream.`, { path: tableName });
  const sdk = await import("./streams-sdk.ts");
  const streams = new sdk.DynamoDBStreamsClient(clientConfig(options));
  const stream = await DynamoStream.start({ sdk, client: streams, streamArn, handler, pollMs: streamPollMs });
  return async () => {
    await stream.end();
    streams.destroy();
  };
};
