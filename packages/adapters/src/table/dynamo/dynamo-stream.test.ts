import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { Change } from "@qmoi/core";
import { afterEach, describe, expect, it } from "vitest";
import { DynamoStream } from "./dynamo-stream.ts";
import * as sdk from "./streams-sdk.ts";

interface FakeShard {
  readonly parent?: string;
  readonly records: string[];
  closed?: boolean;
}

/** A stream in memory: an iterator is `shard:position`, and a page holds two records. */
class FakeStream {
  readonly shards: Record<string, FakeShard> = {};
  failures: Error[] = [];

  async send(command: { input: Record<string, string | undefined> }): Promise<unknown> {
    const { input } = command;
    if (command instanceof sdk.DescribeStreamCommand) return { StreamDescription: { Shards: this.#describe() } };
    if (command instanceof sdk.GetShardIteratorCommand) return { ShardIterator: `${input.ShardId}:${this.#position(input)}` };
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const [id = "", position = "0"] = (input.ShardIterator ?? "").split(":");
    const shard = this.shards[id] as FakeShard;
    const next = Math.min(Number(position) + 2, shard.records.length);
    const Records = shard.records.slice(Number(position), next).map((sk, n) => ({
      dynamodb: { Keys: { pk: { S: "p" }, sk: { S: sk } }, SequenceNumber: String(Number(position) + n) },
    }));
    return { Records, NextShardIterator: shard.closed && next === shard.records.length ? undefined : `${id}:${next}` };
  }

  #position({ ShardId = "", ShardIteratorType, SequenceNumber }: Record<string, string | undefined>): number {
    if (ShardIteratorType === "LATEST") return this.shards[ShardId]?.records.length ?? 0;
    return ShardIteratorType === "TRIM_HORIZON" ? 0 : Number(SequenceNumber) + 1;
  }

  #describe(): unknown[] {
    return Object.entries(this.shards).map(([ShardId, { parent, closed }]) => ({
      ShardId,
      ParentShardId: parent,
      SequenceNumberRange: closed ? { EndingSequenceNumber: "9" } : {},
    }));
  }
}

let stream: DynamoStream | undefined;
afterEach(() => stream?.end());

const read = async (fake: FakeStream, handler: (changes: readonly Change[]) => void): Promise<void> => {
  const client = fake as unknown as DynamoDBStreamsClient;
  stream = await DynamoStream.start({ sdk, client, streamArn: "arn", handler, pollMs: 1 });
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe("DynamoStream", () => {
  it("begins after what is there, and skips shards that were closed before", async () => {
    const fake = new FakeStream();
    fake.shards.old = { records: ["x"], closed: true };
    fake.shards.open = { parent: "old", records: ["y"] };
    const seen: string[] = [];
    await read(fake, (changes) => void seen.push(...changes.map(({ key }) => key.sk)));
    fake.shards.open.records.push("a", "b", "c");
    await until(() => seen.length >= 3);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("reads a shard to its end before those it was split into, and those from their beginning", async () => {
    const fake = new FakeStream();
    fake.shards.parent = { records: [] };
    const seen: string[] = [];
    await read(fake, (changes) => void seen.push(...changes.map(({ key }) => key.sk)));
    fake.shards.parent.records.push("1", "2", "3", "4", "5");
    fake.shards.left = { parent: "parent", records: ["6"] };
    fake.shards.right = { parent: "parent", records: ["7"] };
    fake.shards.parent.closed = true;
    await until(() => seen.length >= 7);
    expect(seen.slice(0, 5)).toEqual(["1", "2", "3", "4", "5"]);
    expect(seen.slice(5).sort()).toEqual(["6", "7"]);
  });

  it("goes on from its position after failures and expired iterators, without a gap", async () => {
    const fake = new FakeStream();
    fake.shards.a = { records: [] };
    const seen: string[] = [];
    await read(fake, (changes) => {
      seen.push(...changes.map(({ key }) => key.sk));
      fake.failures.push(Object.assign(new Error("expired"), { name: "ExpiredIteratorException" }), new Error("network"));
    });
    fake.shards.a.records.push("1", "2", "3", "4", "5");
    await until(() => seen.length >= 5);
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });
});
