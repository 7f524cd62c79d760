import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDynamoTable, DynamoTable, MemoryTable, SqliteTable } from "@qmoi/adapters";
import type { Change, Table } from "@qmoi/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DynamoDbLocal, missingDynamoDbLocal, startDynamoDbLocal } from "../support/dynamodb-local.ts";
import { suite } from "../support/suite.ts";
import { type Operation, operations } from "./model/operations.ts";
import { type Leniency, type Outcome, outcome } from "./model/outcomes.ts";

/** How often each operation ended in which way: a property that only ever meets errors would show nothing. */
const met = new Map<string, number>();
const count = ({ op }: Operation, result: Outcome): void => {
  const way = "code" in result ? `${op} ${result.code}` : op;
  met.set(way, (met.get(way) ?? 0) + 1);
};

/** Carries out the same history on both tables and compares each outcome; at last, what each of them holds. */
const sameHistory = async (history: readonly Operation[], one: Table, other: Table, leniency: Leniency): Promise<void> => {
  for (const operation of [...history, { op: "scan", limit: 1000 } as const]) {
    const [first, second] = [await outcome(one, operation, leniency), await outcome(other, operation, leniency)];
    count(operation, first);
    expect(second).toEqual(first);
  }
};

const SUCCESSES = ["get", "put", "delete", "query", "queryIndex", "scan"];
const EVERY_WAY = [
  ...SUCCESSES,
  ...["get", "put", "delete", "query", "queryIndex"].map((op) => `${op} QMOI_INVALID_KEY`),
  ...["put", "delete"].map((op) => `${op} QMOI_CONFLICT`),
  ...["query", "queryIndex"].map((op) => `${op} QMOI_INVALID_INPUT`),
  "put QMOI_TOO_LARGE",
];

describe("SqliteTable does as MemoryTable does", () => {
  const folder = mkdtempSync(join(tmpdir(), "qmoi-model-"));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("in results, error codes, sequence numbers and changes, for any history", async () => {
    await fc.assert(
      fc.asyncProperty(operations(true), async (history) => {
        const file = join(folder, `${files++}.db`);
        const memory = new MemoryTable();
        let sqlite = SqliteTable.open(file);
        const told: Record<"memory" | "sqlite", Change[]> = { memory: [], sqlite: [] };
        await memory.subscribe((changes) => void told.memory.push(...changes));
        await sqlite.subscribe((changes) => void told.sqlite.push(...changes));
        await sameHistory(history, memory, sqlite, { orderedTies: true });
        while (told.sqlite.length < told.memory.length) await new Promise((resolve) => setImmediate(resolve));
        const plain = (changes: readonly Change[]) => changes.map(({ key, item, old }) => ({ key, item, old }));
        expect(plain(told.sqlite)).toEqual(plain(told.memory));
        await sqlite.close();
        sqlite = SqliteTable.open(file);
        await sameHistory([{ op: "put", item: { pk: "p", sk: "last", v: 1 }, options: {} }], memory, sqlite, { orderedTies: true });
        await sqlite.close();
      }),
      { numRuns: 80, interruptAfterTimeLimit: 40_000 },
    );
    expect([...met.keys()]).toEqual(expect.arrayContaining([...EVERY_WAY, "together"]));
  });
});

suite("DynamoTable does as MemoryTable does", missingDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
    met.clear();
  });
  afterAll(() => local.stop());

  it("in results and error codes, for any history", async () => {
    await fc.assert(
      fc.asyncProperty(operations(false), async (history) => {
        const tableName = `model-${tables++}`;
        await createDynamoTable(tableName, local.client);
        const dynamo = new DynamoTable({ ...local.client, tableName });
        await sameHistory(history, new Unnumbered(), dynamo, { orderedTies: false });
        await dynamo.close();
      }),
      { numRuns: 12, interruptAfterTimeLimit: 40_000 },
    );
    expect([...met.keys()]).toEqual(expect.arrayContaining([...SUCCESSES, "put QMOI_CONFLICT"]));
  });
});

/** A MemoryTable without an order over keys, as DynamoDB has none. */
class Unnumbered extends MemoryTable {
  override async put(...write: Parameters<MemoryTable["put"]>): Promise<{ seq: null }> {
    await super.put(...write);
    return { seq: null };
  }
}
