import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Query, When } from "@qmoi/core";
import { expectedOf } from "../condition.ts";
import type { Range } from "../range.ts";
import { toAttributeValue } from "./attribute-value.ts";

/** The part of a write that states its condition. Throws QMOI_INVALID_KEY for what can't be compared. */
export interface ConditionInput {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

export const conditionInput = (when: When | undefined): ConditionInput => {
  if (when === undefined) return {};
  if ("below" in when)
    return {
      ConditionExpression: "attribute_not_exists(pk) OR #v < :v",
      ExpressionAttributeNames: { "#v": "v" },
      ExpressionAttributeValues: { ":v": toAttributeValue(when.below) },
    };
  const expected = expectedOf(when);
  if (expected === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  const names = Object.keys(expected);
  if (names.length === 0) return { ConditionExpression: "attribute_exists(pk)" };
  return {
    // Named by number: some attributes' names are reserved words.
    ConditionExpression: names.map((_, n) => `#c${n} = :c${n}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#c${n}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name, n) => [`:c${n}`, toAttributeValue(expected[name] ?? null)])),
  };
};

/** The part of a query that states its bounds; `partition` and `sort` are the names of its key attributes. */
export interface KeyConditionInput {
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

const sortCondition = (query: Query, { from, to }: Range, sort: string): string => {
  if (query.prefix && from !== undefined) return ` AND begins_with(${sort}, :from)`;
  if (from !== undefined && to !== undefined) return ` AND ${sort} BETWEEN :from AND :to`;
  if (from !== undefined) return ` AND ${sort} >= :from`;
  return to === undefined ? "" : ` AND ${sort} <= :to`;
};

export const keyConditionInput = (query: Query, range: Range, partition: string, sort: string): KeyConditionInput => ({
  KeyConditionExpression: `${partition} = :pk${sortCondition(query, range, sort)}`,
  ExpressionAttributeValues: {
    ":pk": { S: query.pk },
    ...(range.from === undefined ? {} : { ":from": { S: range.from } }),
    ...(range.to === undefined ? {} : { ":to": { S: range.to } }),
  },
});
