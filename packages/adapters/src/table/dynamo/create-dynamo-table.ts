import type { CreateTableCommandInput, KeySchemaElement } from "@aws-sdk/client-dynamodb";
import { type DynamoClientOptions, DynamoConnection } from "./dynamo-connection.ts";
import { INDEX_NAMES } from "./index-names.ts";

const keySchema = (partition: string, sort: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: "HASH" },
  { AttributeName: sort, KeyType: "RANGE" },
];

const index = (n: 1 | 2) => ({
  IndexName: INDEX_NAMES[n],
  KeySchema: keySchema(`i${n}p`, `i${n}s`),
  Projection: { ProjectionType: "KEYS_ONLY" as const },
});

/** The table's definition. Time to live, on the attribute `ttl`, is switched on apart. */
export const dynamoTableDefinition = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: ["pk", "sk", "i1p", "i1s", "i2p", "i2s"].map((name) => ({ AttributeName: name, AttributeType: "S" as const })),
  KeySchema: keySchema("pk", "sk"),
  GlobalSecondaryIndexes: [index(1), index(2)],
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
});

/** Creates the table with its indexes, stream and time to live, and waits until it can be used. For tests and local use. */
export const createDynamoTable = async (tableName: string, options: DynamoClientOptions = {}): Promise<void> => {
  const connection = await DynamoConnection.open(options);
  try {
    const sdk = await import("./definition-sdk.ts");
    const { reads, writes } = connection;
    await writes.send(new sdk.CreateTableCommand(dynamoTableDefinition(tableName)));
    await sdk.waitUntilTableExists({ client: reads, maxWaitTime: 60, minDelay: 1 }, { TableName: tableName });
    const ttl = { AttributeName: "ttl", Enabled: true };
    await writes.send(new sdk.UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification: ttl }));
  } finally {
    connection.close();
  }
};
