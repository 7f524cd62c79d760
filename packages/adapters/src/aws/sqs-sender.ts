import type { SQSClient } from "@aws-sdk/client-sqs";
import { UnavailableError } from "@qmoi/core";
import { once } from "../once.ts";

/** Messages that SQS takes in one request. */
const BATCH = 10;
/** The longest that SQS holds a message back, in seconds. */
export const LONGEST_DELAY_SECONDS = 900;

/** Sends JSON to a queue of SQS; who consumes it is told by the platform. */
export class SqsSender<T> {
  readonly #url: string;
  readonly #open: () => Promise<{ readonly sdk: typeof import("./sqs-sdk.ts"); readonly client: SQSClient }>;

  constructor(url: string, client: ConstructorParameters<typeof SQSClient>[0] = {}) {
    this.#url = url;
    this.#open = once(async () => {
      const sdk = await import("./sqs-sdk.ts");
      return { sdk, client: new sdk.SQSClient({ useQueueUrlAsEndpoint: false, ...client }) };
    });
  }

  /** `delayMs`: how long each message is held back; at most 900 s, so that who gets it early sends it again. Rejects with an UnavailableError. */
  async send(messages: readonly T[], delayMs: (message: T) => number = () => 0): Promise<void> {
    const batches = Array.from({ length: Math.ceil(messages.length / BATCH) }, (_, n) => messages.slice(n * BATCH, (n + 1) * BATCH));
    await Promise.all(batches.map((batch) => this.#sendBatch(batch, delayMs)));
  }

  async #sendBatch(batch: readonly T[], delayMs: (message: T) => number): Promise<void> {
    const Entries = batch.map((message, n) => ({
      Id: String(n),
      MessageBody: JSON.stringify(message),
      DelaySeconds: Math.min(LONGEST_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs(message) / 1000))),
    }));
    const { sdk, client } = await this.#open();
    const { Failed = [] } = await client.send(new sdk.SendMessageBatchCommand({ QueueUrl: this.#url, Entries })).catch((cause: unknown) => {
      throw new UnavailableError(`SQS gave no usable answer: ${String(cause)}.`, { path: this.#url, cause });
    });
    if (Failed.length > 0)
      throw new UnavailableError(`SQS refused ${Failed.length} of ${batch.length} messages: ${Failed[0]?.Message ?? Failed[0]?.Code}.`, {
        path: this.#url,
      });
  }
}
