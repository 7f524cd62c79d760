import { createDynamoTable, DynamoTable } from "@qmoi/adapters";
import { afterAll, beforeAll } from "vitest";
import { type DynamoDbLocal, missingDynamoDbLocal, startDynamoDbLocal } from "../support/dynamodb-local.ts";
import { suite } from "../support/suite.ts";
import { tableContract } from "./table.ts";

suite("DynamoTable on DynamoDB Local", missingDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(() => local.stop());

  tableContract({
    name: "DynamoTable",
    open: async () => {
      const tableName = `contract-${tables++}`;
      await createDynamoTable(tableName, local.client);
      return new DynamoTable({ ...local.client, tableName, streamPollMs: 10 });
    },
    ordered: false,
    orderedTies: false,
  });
});
