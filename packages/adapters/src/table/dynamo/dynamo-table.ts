import type { AttributeValue, ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import {
  type IndexEntry,
  type IndexQuery,
  type Item,
  type Key,
  type Page,
  type PutOptions,
  type Query,
  type ScanRequest,
  type Table,
  UnavailableError,
  type When,
  type Written,
} from "@qmoi/core";
import type { ChangeHandler } from "../change-feed.ts";
import { conflict } from "../condition.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { checkItemBytes } from "../item-bytes.ts";
import { checkItemKeys, checkKey } from "../keys.ts";
import { pageLimit, rangeOf } from "../range.ts";
import type { TableCall } from "../table-call.ts";
import { compareUtf8 } from "../utf8-order.ts";
import { fromStoredItem, type StoredItem, toStoredItem, toStoredKey } from "./attribute-value.ts";
import { type DynamoClientOptions, DynamoConnection } from "./dynamo-connection.ts";
import { dynamoError, isConditionFailure } from "./dynamo-error.ts";
import { conditionInput, keyConditionInput } from "./expressions.ts";
import { INDEX_NAMES } from "./index-names.ts";
import type { OpenStream } from "./open-stream.ts";

export interface DynamoTableOptions extends DynamoClientOptions {
  readonly tableName: string;
  /** How its stream is followed: `openStream`. Without it nobody may subscribe: functions are driven by the stream instead. */
  readonly stream?: OpenStream;
  /** Pause between reads of the stream that found nothing, in milliseconds. Default 250: AWS allows five a second. */
  readonly streamPollMs?: number;
}

/** What DynamoDB says a call cost; of a refused write, for which it says nothing, the item to be written and the one that was there. */
export type Capacity =
  | { readonly consumed: ConsumedCapacity }
  | { readonly refused: { readonly item: Item | undefined; readonly by: Item | undefined } };

type Position = Record<string, AttributeValue>;

const cursorOf = (position: Position | undefined, names: readonly string[]): { next?: string } =>
  position === undefined ? {} : { next: encodeCursor(names.map((name) => position[name]?.S ?? "")) };

const positionOf = (values: readonly string[] | undefined, names: readonly string[]): Position | undefined =>
  values === undefined ? undefined : Object.fromEntries(names.map((name, n) => [name, { S: values[n] ?? "" }]));

/**
 * The table in DynamoDB. `seq` is null: DynamoDB has no order over keys. Index entries with equal sort keys are in order within a
 * page only. A write that timed out or met a 5xx is never repeated here: it ends as an UnavailableError, and the caller reads
 * to learn what became of it. A put that changes nothing is no change to the feed.
 */
export class DynamoTable implements Table {
  readonly #options: DynamoTableOptions;
  readonly #streams = new Set<() => Promise<void>>();
  #connecting: Promise<DynamoConnection> | undefined;
  #closed = false;
  /** When set, each call asks DynamoDB what it cost and tells it here. */
  onCapacity: ((call: TableCall, capacity: Capacity) => void) | undefined;

  constructor(options: DynamoTableOptions) {
    this.#options = options;
  }

  async get(key: Key): Promise<Item | undefined> {
    checkKey(key);
    const call: TableCall = { op: "get", pk: key.pk, sk: key.sk };
    const answer = await this.#ask(call, ({ reads, sdk }, common) =>
      reads.send(new sdk.GetItemCommand({ ...common, Key: toStoredKey(key), ConsistentRead: true })),
    );
    return answer.Item === undefined ? undefined : fromStoredItem(answer.Item);
  }

  async put(item: Item, options: PutOptions = {}): Promise<Written> {
    checkItemKeys(item);
    checkItemBytes(item);
    const input = { Item: toStoredItem(item), ...conditionInput(options.when) };
    await this.#write({ op: "put", key: item, item, when: options.when }, ({ writes, sdk }, common) =>
      writes.send(new sdk.PutItemCommand({ ...common, ...input, ...this.#refused })),
    );
    return { seq: null };
  }

  async delete(key: Key, options: { readonly when?: When } = {}): Promise<void> {
    checkKey(key);
    const input = { Key: toStoredKey(key), ...conditionInput(options.when) };
    await this.#write({ op: "delete", key, when: options.when }, ({ writes, sdk }, common) =>
      writes.send(new sdk.DeleteItemCommand({ ...common, ...input, ...this.#refused })),
    );
  }

  async query(query: Query): Promise<Page<Item>> {
    const range = rangeOf(query, 1);
    if (range.empty) return this.#nothing();
    const start = range.after && { ...positionOf(range.after, ["sk"]), pk: { S: query.pk } };
    const answer = await this.#ask({ op: "query", pk: query.pk }, ({ reads, sdk }, common) =>
      reads.send(
        new sdk.QueryCommand({
          ...common,
          ...keyConditionInput(query, range, "pk", "sk"),
          ConsistentRead: true,
          ScanIndexForward: query.reverse !== true,
          Limit: range.limit,
          ExclusiveStartKey: start,
        }),
      ),
    );
    return { items: (answer.Items ?? []).map(fromStoredItem), ...cursorOf(answer.LastEvaluatedKey, ["sk"]) };
  }

  async queryIndex(query: IndexQuery): Promise<Page<IndexEntry>> {
    const range = rangeOf(query, 3);
    if (range.empty) return this.#nothing();
    const [partition, sort] = [`i${query.index}p`, `i${query.index}s`];
    const position = [sort, "pk", "sk"];
    const start = range.after && { ...positionOf(range.after, position), [partition]: { S: query.pk } };
    const answer = await this.#ask({ op: "queryIndex", pk: query.pk, index: query.index }, ({ reads, sdk }, common) =>
      reads.send(
        new sdk.QueryCommand({
          ...common,
          ...keyConditionInput(query, range, partition, sort),
          IndexName: INDEX_NAMES[query.index],
          ScanIndexForward: query.reverse !== true,
          Limit: range.limit,
          ExclusiveStartKey: start,
        }),
      ),
    );
    const entries = (answer.Items ?? []).map((stored) => entryOf(stored, query.pk, sort));
    entries.sort((a, b) => (query.reverse === true ? compareEntries(b, a) : compareEntries(a, b)));
    return { items: entries, ...cursorOf(answer.LastEvaluatedKey, position) };
  }

  async scan(request: ScanRequest = {}): Promise<Page<Item>> {
    const limit = pageLimit(request.limit);
    const start = positionOf(request.after === undefined ? undefined : decodeCursor(request.after, 2), ["pk", "sk"]);
    const answer = await this.#ask({ op: "scan" }, ({ reads, sdk }, common) =>
      reads.send(new sdk.ScanCommand({ ...common, ConsistentRead: true, Limit: limit, ExclusiveStartKey: start })),
    );
    return { items: (answer.Items ?? []).map(fromStoredItem), ...cursorOf(answer.LastEvaluatedKey, ["pk", "sk"]) };
  }

  async subscribe(handler: ChangeHandler): Promise<() => Promise<void>> {
    const connection = await this.#connect();
    try {
      const { stream } = this.#options;
      if (!stream) throw new Error("This table's stream is not followed: open it with `stream: openStream`.");
      const end = await stream(connection, this.#options, handler);
      this.#streams.add(end);
      return async () => {
        this.#streams.delete(end);
        await end();
      };
    } catch (error) {
      throw dynamoError(error, this.#options.tableName);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#streams].map((end) => end()));
    const connection = await this.#connecting;
    connection?.close();
  }

  async #nothing<T>(): Promise<Page<T>> {
    this.#checkOpen();
    return { items: [] };
  }

  async #write<T extends { readonly ConsumedCapacity?: ConsumedCapacity }>(
    { op, key, item, when }: Write,
    send: (connection: DynamoConnection, common: Common) => Promise<T>,
  ): Promise<void> {
    const call: TableCall = { op, pk: key.pk, sk: key.sk, ...(when === undefined ? {} : { site: when.site }) };
    try {
      await this.#ask(call, send);
    } catch (error) {
      if (when === undefined || !isConditionFailure(error)) throw error;
      const by = error.Item === undefined ? undefined : fromStoredItem(error.Item);
      this.onCapacity?.(call, { refused: { item, by } });
      throw conflict(key, when, error);
    }
  }

  async #ask<T extends { readonly ConsumedCapacity?: ConsumedCapacity }>(
    call: TableCall,
    send: (connection: DynamoConnection, common: Common) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#connect();
    const { tableName: TableName } = this.#options;
    try {
      const report = this.onCapacity;
      const answer = await send(connection, report === undefined ? { TableName } : { TableName, ReturnConsumedCapacity: "INDEXES" });
      if (answer.ConsumedCapacity !== undefined) report?.(call, { consumed: answer.ConsumedCapacity });
      return answer;
    } catch (error) {
      throw isConditionFailure(error) ? error : dynamoError(error, TableName);
    }
  }

  /** Asks for the item that refuses a write, which tells what the refusal cost. */
  get #refused(): { readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD" } {
    return this.onCapacity === undefined ? {} : { ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
  }

  #connect(): Promise<DynamoConnection> {
    this.#checkOpen();
    this.#connecting ??= DynamoConnection.open(this.#options);
    return this.#connecting;
  }

  #checkOpen(): void {
    if (this.#closed) throw new UnavailableError("The table is closed.", { path: this.#options.tableName });
  }
}

interface Write {
  readonly op: "put" | "delete";
  readonly key: Key;
  readonly item?: Item;
  readonly when: When | undefined;
}

/** What every request carries. */
interface Common {
  readonly TableName: string;
  readonly ReturnConsumedCapacity?: "INDEXES";
}

const compareEntries = (a: IndexEntry, b: IndexEntry): number =>
  compareUtf8(a.is, b.is) || compareUtf8(a.pk, b.pk) || compareUtf8(a.sk, b.sk);

const entryOf = (stored: StoredItem, ip: string, sort: string): IndexEntry => ({
  pk: stored.pk?.S ?? "",
  sk: stored.sk?.S ?? "",
  ip,
  is: stored[sort]?.S ?? "",
});
