import type { Change } from "@qmoi/core";
import { fromStoredItem, type StoredItem } from "./attribute-value.ts";

/** A record of the table's stream, as the Streams API or a Lambda event carries it. */
export interface StreamRecord {
  readonly dynamodb?: { readonly Keys?: StoredItem; readonly NewImage?: StoredItem; readonly OldImage?: StoredItem };
}

/** The change that a stream record tells; undefined for a record without a key. */
export const changeOfRecord = ({ dynamodb }: StreamRecord): Change | undefined => {
  const pk = dynamodb?.Keys?.pk?.S;
  const sk = dynamodb?.Keys?.sk?.S;
  if (pk === undefined || sk === undefined) return undefined;
  return {
    key: { pk, sk },
    ...(dynamodb?.NewImage === undefined ? {} : { item: fromStoredItem(dynamodb.NewImage) }),
    ...(dynamodb?.OldImage === undefined ? {} : { old: fromStoredItem(dynamodb.OldImage) }),
  };
};
