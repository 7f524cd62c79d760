import { CountingTable, createDynamoTable, DynamoTable, MemoryTable, openStream } from "@qmoi/adapters";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DynamoDbLocal, missingDynamoDbLocal, startDynamoDbLocal } from "../support/dynamodb-local.ts";
import { suite } from "../support/suite.ts";
import { EACH_OPERATION, operations } from "./model/operations.ts";
import { Met, SUCCESSES, sameHistory } from "./model/same-history.ts";
import { step } from "./model/steps.ts";
import { tableContract } from "./table.ts";

suite("DynamoTable on DynamoDB Local", missingDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(() => local.stop());

  const open = async (): Promise<DynamoTable> => {
    const tableName = `table-${tables++}`;
    await createDynamoTable(tableName, local.client);
    return new DynamoTable({ ...local.client, tableName, stream: openStream, streamPollMs: 10 });
  };

  tableContract({ name: "DynamoTable", open, ordered: false, orderedTies: false });

  it("does as MemoryTable does, in results and error codes, for any history", async () => {
    const met = new Met();
    await fc.assert(
      fc.asyncProperty(operations(false), async (history) => {
        const dynamo = await open();
        await sameHistory(history, new Unnumbered(), dynamo, { orderedTies: false }, met);
        await dynamo.close();
      }),
      { numRuns: 8, interruptAfterTimeLimit: 40_000, examples: [[EACH_OPERATION]] },
    );
    expect([...met.ways]).toEqual(expect.arrayContaining([...SUCCESSES, "put QMOI_CONFLICT"]));
  });

  it("reports the units that CountingTable computes for any table", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
        const reported = new CountingTable(await open());
        const computed = new CountingTable(new MemoryTable());
        for (const run of steps) {
          reported.reset();
          computed.reset();
          const [answer] = await Promise.allSettled([run(computed), run(reported)]);
          // DynamoDB Local reports nothing for a page without items; DynamoDB charges the least read.
          const empty = answer.status === "fulfilled" && isEmptyPage(answer.value);
          expect(empty ? { ...reported.total, readUnits: computed.total.readUnits } : reported.total).toEqual(computed.total);
        }
        await reported.close();
      }),
      { numRuns: 8, interruptAfterTimeLimit: 40_000 },
    );
  });
});

const isEmptyPage = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items) && value.items.length === 0;

/** A MemoryTable without an order over keys, as DynamoDB has none. */
class Unnumbered extends MemoryTable {
  override async put(...write: Parameters<MemoryTable["put"]>): Promise<{ seq: null }> {
    await super.put(...write);
    return { seq: null };
  }
}
