import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type EventBus, type SystemEvent, UnavailableError } from "@qmoi/core";
import { once } from "../once.ts";
import { messageOf } from "../targets/failures.ts";

/** Events that EventBridge takes in one request. */
const BATCH = 10;

/** A bus of EventBridge. Events come from `qmoi`, their name is the type of their detail. */
export class EventBridgeBus implements EventBus {
  readonly #name: string;
  readonly #open: () => Promise<{ readonly sdk: typeof import("./events-sdk.ts"); readonly client: EventBridgeClient }>;

  constructor(name: string, options: ConstructorParameters<typeof EventBridgeClient>[0] = {}) {
    this.#name = name;
    this.#open = once(async () => {
      const sdk = await import("./events-sdk.ts");
      return { sdk, client: new sdk.EventBridgeClient(options) };
    });
  }

  async publish(events: readonly SystemEvent[]): Promise<void> {
    const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, n) => events.slice(n * BATCH, (n + 1) * BATCH));
    await Promise.all(batches.map((batch) => this.#put(batch)));
  }

  async #put(batch: readonly SystemEvent[]): Promise<void> {
    const Entries = batch.map(({ name, at, detail }) => ({
      EventBusName: this.#name,
      Source: "qmoi",
      DetailType: name,
      Time: new Date(at),
      Detail: JSON.stringify(detail),
    }));
    const { sdk, client } = await this.#open();
    const answer = await client.send(new sdk.PutEventsCommand({ Entries })).catch((cause: unknown) => {
      throw new UnavailableError(`The event bus ${this.#name} gave no usable answer: ${messageOf(cause)}`, { cause });
    });
    if (answer.FailedEntryCount)
      throw new UnavailableError(`The event bus ${this.#name} refused ${answer.FailedEntryCount} of ${batch.length} events.`);
  }
}
