import { createDynamoTable, DynamoTable, openStream } from "@qmoi/adapters";
import { S3BlobStore } from "@qmoi/adapters/aws";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { blobStoreContract } from "../contract/blob-store.ts";
import { tableContract } from "../contract/table.ts";
import { suite } from "../support/suite.ts";
import { giveWay, type Ministack, missingPython, startMinistack } from "./ministack.ts";

suite("the stores on an emulator of AWS", missingPython, () => {
  let aws: Ministack;
  let made = 0;
  beforeAll(async () => {
    giveWay();
    aws = await startMinistack();
  }, 120_000);
  afterAll(() => aws?.stop());

  describe("a table", () => {
    const open = async (): Promise<DynamoTable> => {
      const tableName = `table-${made++}`;
      await createDynamoTable(tableName, aws.client);
      return new DynamoTable({ ...aws.client, tableName, stream: openStream, streamPollMs: 10, requestTimeoutMs: 30_000 });
    };
    tableContract({ name: "DynamoTable", open, ordered: false, orderedTies: false });
  });

  describe("a bucket", () => {
    const bucket = "contract";
    beforeAll(async () => {
      expect((await fetch(`${aws.client.endpoint}/${bucket}`, { method: "PUT" })).ok).toBe(true);
    });
    const open = (): S3BlobStore => new S3BlobStore({ bucket, prefix: `${made++}/`, client: { ...aws.client, forcePathStyle: true } });
    blobStoreContract("S3BlobStore", open);
  });
});
