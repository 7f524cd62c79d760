import type { DynamoDBStreamsClient, Shard } from "@aws-sdk/client-dynamodb-streams";
import { type ChangeHandler, deferOnLoop, deliver } from "../change-feed.ts";
import { changeOfRecord, type StreamRecord } from "./stream-record.ts";

type Sdk = typeof import("./streams-sdk.ts");

/** A shard being read. Its position lies in memory only: a reader that starts begins with what comes then. */
interface Position {
  iterator: string | undefined;
  /** The last record that the handler took. */
  taken: string | undefined;
}

export interface DynamoStreamOptions {
  readonly sdk: Sdk;
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly handler: ChangeHandler;
  /** Pause when there was nothing to read, in milliseconds. AWS allows five reads of a shard a second. */
  readonly pollMs: number;
}

/** How often it looks for new shards besides when one has ended: a stream splits now and then, its shards end after hours. */
const DISCOVER_MS = 10_000;

/** Reads a table's stream shard by shard: a parent to its end before its children, so that each key's changes stay in order. */
export class DynamoStream {
  readonly #options: DynamoStreamOptions;
  readonly #active = new Map<string, Position>();
  readonly #finished = new Set<string>();
  #discovered = 0;
  #ended = false;
  #loop: Promise<void> | undefined;
  #wake = (): void => undefined;

  private constructor(options: DynamoStreamOptions) {
    this.#options = options;
  }

  /** Resolves when everything committed from now on will be told. */
  static async start(options: DynamoStreamOptions): Promise<DynamoStream> {
    const stream = new DynamoStream(options);
    for (const shard of await stream.#shards()) {
      const id = shard.ShardId ?? "";
      if (shard.SequenceNumberRange?.EndingSequenceNumber !== undefined) stream.#finished.add(id);
      else stream.#active.set(id, { iterator: await stream.#iterator(id, "LATEST"), taken: undefined });
    }
    stream.#discovered = performance.now();
    stream.#loop = stream.#run();
    return stream;
  }

  /** Resolves when the handler isn't being called any more. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#ended) {
      const told = await this.#round().catch(() => 0); // what fails here passes: the next round tries again
      if (told === 0) await this.#pause();
    }
  }

  /** Reads each active shard once; gives the number of changes told. */
  async #round(): Promise<number> {
    let told = 0;
    for (const [id, position] of this.#active) {
      if (!this.#ended) told += await this.#read(id, position);
    }
    if (performance.now() - this.#discovered > DISCOVER_MS) await this.#discover();
    return told;
  }

  async #read(id: string, position: Position): Promise<number> {
    const { client, sdk, handler } = this.#options;
    position.iterator ??= await this.#resume(id, position.taken);
    const from = position.iterator;
    // An iterator serves once, or expires: after any failure a new one is made from the position.
    position.iterator = undefined;
    const page = await client.send(new sdk.GetRecordsCommand({ ShardIterator: from }));
    const records = page.Records ?? [];
    const changes = records.map((record) => changeOfRecord(record as StreamRecord)).filter((change) => change !== undefined);
    if (changes.length > 0) await deliver(handler, changes, deferOnLoop, () => this.#ended);
    position.taken = records.at(-1)?.dynamodb?.SequenceNumber ?? position.taken;
    position.iterator = page.NextShardIterator;
    if (page.NextShardIterator === undefined) {
      this.#active.delete(id);
      this.#finished.add(id);
      await this.#discover();
    }
    return changes.length;
  }

  /** Takes up shards that are new and whose parent has been read to its end. */
  async #discover(): Promise<void> {
    for (const { ShardId: id = "", ParentShardId: parent } of await this.#shards()) {
      const known = this.#active.has(id) || this.#finished.has(id);
      if (!known && (parent === undefined || !this.#active.has(parent))) this.#active.set(id, { iterator: undefined, taken: undefined });
    }
    this.#discovered = performance.now();
  }

  async #shards(): Promise<Shard[]> {
    const { client, sdk, streamArn } = this.#options;
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last }));
      shards.push(...(page.StreamDescription?.Shards ?? []));
      last = page.StreamDescription?.LastEvaluatedShardId;
    } while (last !== undefined);
    return shards;
  }

  #resume(id: string, taken: string | undefined): Promise<string | undefined> {
    return taken === undefined ? this.#iterator(id, "TRIM_HORIZON") : this.#iterator(id, "AFTER_SEQUENCE_NUMBER", taken);
  }

  async #iterator(id: string, type: "LATEST" | "TRIM_HORIZON" | "AFTER_SEQUENCE_NUMBER", after?: string): Promise<string | undefined> {
    const { client, sdk, streamArn } = this.#options;
    const input = { StreamArn: streamArn, ShardId: id, ShardIteratorType: type, SequenceNumber: after };
    return (await client.send(new sdk.GetShardIteratorCommand(input))).ShardIterator;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#ended) this.#wake();
    });
  }
}
