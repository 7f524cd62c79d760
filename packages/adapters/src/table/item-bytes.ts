import { type Item, type Json, type JsonObject, MAX_ITEM_BYTES, TooLargeError } from "@qmoi/core";

/** DynamoDB holds containers at most this deep within one attribute. */
const MAX_DEPTH = 31;
/** DynamoDB's numbers: 38 digits, magnitude from 1e-130 to below 1e126; zero and doubles between are exact in it. */
const MIN_MAGNITUDE = 1e-130;
const MAX_MAGNITUDE = 1e126;

/** Whether DynamoDB's number type holds this double. */
export const isNativeNumber = (value: number): boolean => {
  const magnitude = Math.abs(value);
  return value === 0 || (magnitude >= MIN_MAGNITUDE && magnitude < MAX_MAGNITUDE);
};

/** Whether DynamoDB takes this as a name inside a map. */
export const isNativeName = (name: string): boolean => name !== "" && name.isWellFormed();

/** Whether DynamoDB takes a list or map at this depth; the attribute's own value has depth 0. */
export const isNativeDepth = (depth: number): boolean => depth < MAX_DEPTH;

/** One byte per base-100 digit between the first and the last that are not zero, one for the exponent, one for a minus sign. */
const numberBytes = (value: number): number => {
  if (!Number.isFinite(value)) return 1; // JSON has no such number: it is stored as null
  if (value === 0) return 1;
  if (!isNativeNumber(value)) return Number.NaN;
  const [digits = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  const first = Number(exponent);
  const last = first - (digits.length === 1 ? 0 : digits.length - 2);
  return Math.floor(first / 2) - Math.floor(last / 2) + 2 + (value < 0 ? 1 : 0);
};

const stringBytes = (value: string): number => (value.isWellFormed() ? Buffer.byteLength(value) : Number.NaN);

/** NaN when DynamoDB has no native form for it. */
const valueBytes = (value: Json | undefined, depth: number): number => {
  if (typeof value === "string") return stringBytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (typeof value !== "object" || value === null) return 1;
  if (!isNativeDepth(depth)) return Number.NaN;
  let bytes = 3;
  if (Array.isArray(value)) {
    for (const element of value) bytes += 1 + valueBytes(element, depth + 1);
    return bytes;
  }
  for (const [name, element] of Object.entries(value)) {
    if (element === undefined) continue;
    if (!isNativeName(name)) return Number.NaN;
    bytes += 1 + Buffer.byteLength(name) + valueBytes(element, depth + 1);
  }
  return bytes;
};

/**
 * Bytes of one attribute's value as DynamoDB counts it: UTF-8 of strings, 2 to 21 for a number, 1 for null and booleans, 3 for a
 * list or map plus 1 for each element. What DynamoDB can't hold natively (numbers out of its range, names that are
 * empty, ill-formed strings, deep nesting) counts as its JSON text, which is how DynamoTable stores that attribute.
 */
export const attributeBytes = (value: Json): number => {
  const bytes = valueBytes(value, 0);
  return Number.isNaN(bytes) ? Buffer.byteLength(JSON.stringify(value)) : bytes;
};

/** Bytes of a whole item as DynamoDB counts it: names and values of all attributes. */
export const itemBytes = (item: Item): number => {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined) bytes += Buffer.byteLength(name) + attributeBytes(value);
  }
  return bytes;
};

/** Quick upper bound of a value's bytes in either form, native or JSON text; an escape takes 6 bytes. */
const boundOf = (value: Json | undefined): number => {
  if (typeof value === "string") return value.length * 6 + 2;
  if (typeof value === "number") return 25;
  if (typeof value !== "object" || value === null) return 5;
  let bytes = 3;
  if (Array.isArray(value)) {
    for (const element of value) bytes += 1 + boundOf(element);
    return bytes;
  }
  const members = value as JsonObject;
  for (const name in members) bytes += name.length * 6 + 4 + boundOf(members[name]);
  return bytes;
};

/**
 * Throws TooLargeError for an item over DynamoDB's 400 KB. `jsonLength` is the length of the item's JSON text where
 * that is known: none of its characters stands for more than 3 bytes, so that a small item needs no exact count.
 */
export const checkItemBytes = (item: Item, jsonLength?: number): void => {
  if ((jsonLength === undefined ? boundOf(item) : jsonLength * 3) <= MAX_ITEM_BYTES) return;
  const bytes = itemBytes(item);
  if (bytes <= MAX_ITEM_BYTES) return;
  throw new TooLargeError(`The item ${item.pk} / ${item.sk} has ${bytes} bytes; the store takes ${MAX_ITEM_BYTES}.`, {
    path: `${item.pk} / ${item.sk}`,
    data: { bytes, limit: MAX_ITEM_BYTES },
  });
};
