import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { writeRetryStrategy } from "./write-retry.ts";

type Sdk = typeof import("./dynamo-sdk.ts");

/** Where DynamoDB is; all from the environment by default. */
export interface DynamoClientOptions extends Pick<DynamoDBClientConfig, "region" | "endpoint" | "credentials"> {
  /** Milliseconds after which a request counts as lost. Default 3000: it takes a few. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 3000;
/** A first packet that was lost is sent again after a second: to wait no longer than that would lose the request with it. */
const CONNECTION_TIMEOUT_MS = 3000;
const READ_ATTEMPTS = 4;

/** Configuration of an SDK client for these options. */
export const clientConfig = ({ region, endpoint, credentials, requestTimeoutMs = REQUEST_TIMEOUT_MS }: DynamoClientOptions) => ({
  ...(region === undefined ? {} : { region }),
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(credentials === undefined ? {} : { credentials }),
  requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
});

/** The SDK and its clients: reads are repeated after any failure that may pass, writes only when they were refused. */
export class DynamoConnection {
  readonly sdk: Sdk;
  readonly reads: DynamoDBClient;
  readonly writes: DynamoDBClient;

  private constructor(sdk: Sdk, options: DynamoClientOptions) {
    this.sdk = sdk;
    const config = clientConfig(options);
    this.reads = new sdk.DynamoDBClient({ ...config, maxAttempts: READ_ATTEMPTS });
    this.writes = new sdk.DynamoDBClient({
      ...config,
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
