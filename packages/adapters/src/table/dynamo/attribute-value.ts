import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type Item, type Json, type JsonObject, type Key, QmoiError } from "@qmoi/core";
import { isNativeDepth, isNativeName, isNativeNumber } from "../item-bytes.ts";

/** A value in DynamoDB's own notation, as the SDK gives it or a Lambda event, in which the bytes of `B` are base64 text. */
export interface StoredValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly L?: readonly StoredValue[];
  readonly M?: StoredItem;
  readonly B?: Uint8Array | string;
}
export type StoredItem = Readonly<Record<string, StoredValue>>;

/** Undefined where DynamoDB has no native form for the value. */
const native = (value: Json | undefined, depth: number): AttributeValue | undefined => {
  if (typeof value === "string") return value.isWellFormed() ? { S: value } : undefined;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return { NULL: true };
    return isNativeNumber(value) ? { N: String(value) } : undefined;
  }
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null || value === undefined) return { NULL: true };
  if (!isNativeDepth(depth)) return undefined;
  return Array.isArray(value) ? nativeList(value, depth) : nativeMap(value as JsonObject, depth);
};

const nativeList = (values: readonly Json[], depth: number): AttributeValue | undefined => {
  const list: AttributeValue[] = [];
  for (const value of values) {
    const element = native(value, depth + 1);
    if (element === undefined) return undefined;
    list.push(element);
  }
  return { L: list };
};

const nativeMap = (members: JsonObject, depth: number): AttributeValue | undefined => {
  const entries: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const element = isNativeName(name) ? native(value, depth + 1) : undefined;
    if (element === undefined) return undefined;
    entries.push([name, element]);
  }
  return { M: Object.fromEntries(entries) };
};

/** What DynamoDB can't hold natively is stored as its JSON text in a binary, a type that JSON itself never needs. */
export const toAttributeValue = (value: Json): AttributeValue => native(value, 0) ?? { B: Buffer.from(JSON.stringify(value)) };

/** Throws QMOI_INVALID_KEY for an attribute that DynamoDB can't name. */
export const toStoredItem = (item: Item): Record<string, AttributeValue> => {
  const entries: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(item)) {
    if (value === undefined) continue;
    if (!isNativeName(name))
      throw new QmoiError("QMOI_INVALID_KEY", `An attribute can't be named "${name}".`, { path: `${item.pk} / ${item.sk}` });
    entries.push([name, toAttributeValue(value)]);
  }
  return Object.fromEntries(entries);
};

export const fromAttributeValue = (stored: StoredValue): Json => {
  if (stored.S !== undefined) return stored.S;
  if (stored.N !== undefined) return Number(stored.N);
  if (stored.BOOL !== undefined) return stored.BOOL;
  if (stored.L !== undefined) return stored.L.map(fromAttributeValue);
  // Object.fromEntries makes members of every name, also of __proto__.
  if (stored.M !== undefined) return Object.fromEntries(Object.entries(stored.M).map(([name, value]) => [name, fromAttributeValue(value)]));
  if (stored.B !== undefined)
    return JSON.parse((typeof stored.B === "string" ? Buffer.from(stored.B, "base64") : Buffer.from(stored.B)).toString());
  return null;
};

export const fromStoredItem = (stored: StoredItem): Item =>
  Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, fromAttributeValue(value)])) as unknown as Item;

export const toStoredKey = (key: Key): Record<string, AttributeValue> => ({ pk: { S: key.pk }, sk: { S: key.sk } });
