import { type Item, type Key, QmoiError } from "@qmoi/core";

/** DynamoDB's limits, which every store keeps so that data can move between them. */
export const MAX_PK_BYTES = 2048;
export const MAX_SK_BYTES = 1024;

const invalid = (name: string, why: string): QmoiError =>
  new QmoiError("QMOI_INVALID_KEY", `The key attribute ${name} ${why}.`, { path: `$.${name}` });

/** Throws QMOI_INVALID_KEY unless this is a well-formed string of 1 to `max` bytes of UTF-8. */
export const checkKeyPart = (name: string, value: unknown, max: number): void => {
  if (typeof value !== "string") throw invalid(name, "must be a string");
  if (value === "") throw invalid(name, "must not be empty");
  // A UTF-16 unit takes at most 3 bytes, so most keys need no count.
  if (value.length * 3 > max && Buffer.byteLength(value) > max) throw invalid(name, `is longer than ${max} bytes`);
  if (!value.isWellFormed()) throw invalid(name, "is not well-formed Unicode");
};

/** Checks a primary key. */
export const checkKey = (key: Key): void => {
  checkKeyPart("pk", key.pk, MAX_PK_BYTES);
  checkKeyPart("sk", key.sk, MAX_SK_BYTES);
};

/** Checks all keys of an item: its own, and those of the indexes where it has them. */
export const checkItemKeys = (item: Item): void => {
  checkKey(item);
  if (item.i1p !== undefined) checkKeyPart("i1p", item.i1p, MAX_PK_BYTES);
  if (item.i1s !== undefined) checkKeyPart("i1s", item.i1s, MAX_SK_BYTES);
  if (item.i2p !== undefined) checkKeyPart("i2p", item.i2p, MAX_PK_BYTES);
  if (item.i2s !== undefined) checkKeyPart("i2s", item.i2s, MAX_SK_BYTES);
};

/** Where an item stands in an index: both parts of its key. */
export interface IndexKey {
  readonly ip: string;
  readonly is: string;
}

/** The item's key in index 1 or 2; undefined if it isn't in that index, which needs both parts. */
export const indexKey = (item: Item | undefined, index: 1 | 2): IndexKey | undefined => {
  const ip = index === 1 ? item?.i1p : item?.i2p;
  const is = index === 1 ? item?.i1s : item?.i2s;
  return ip === undefined || is === undefined ? undefined : { ip, is };
};
