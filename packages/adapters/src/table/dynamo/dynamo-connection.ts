import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { writeRetryStrategy } from "./write-retry.ts";

type Sdk = typeof import("./dynamo-sdk.ts");

/** Where DynamoDB is; all from the environment by default. */
export type DynamoClientOptions = Pick<DynamoDBClientConfig, "region" | "endpoint" | "credentials">;

/** A request takes milliseconds; one that takes this long is lost. */
const REQUEST_TIMEOUT_MS = 3000;
const CONNECTION_TIMEOUT_MS = 1000;
const READ_ATTEMPTS = 4;

export const requestHandler = {
  connectionTimeout: CONNECTION_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  throwOnRequestTimeout: true,
} as const;

/** The SDK and its clients: reads are repeated after any failure that may pass, writes only when they were refused. */
export class DynamoConnection {
  readonly sdk: Sdk;
  readonly reads: DynamoDBClient;
  readonly writes: DynamoDBClient;

  private constructor(sdk: Sdk, options: DynamoClientOptions) {
    this.sdk = sdk;
    this.reads = new sdk.DynamoDBClient({ ...options, maxAttempts: READ_ATTEMPTS, requestHandler });
    this.writes = new sdk.DynamoDBClient({
      ...options,
      requestHandler: this.reads.config.requestHandler,
      retryStrategy: writeRetryStrategy,
    });
  }

  /** Loads the SDK: a process that never uses DynamoDB doesn't pay for it. */
  static async open(options: DynamoClientOptions): Promise<DynamoConnection> {
    return new DynamoConnection(await import("./dynamo-sdk.ts"), options);
  }

  close(): void {
    this.reads.destroy();
    this.writes.destroy();
  }
}
