import { diffDocuments } from "@qmoi/advanced-automation";
import { isBuilt, leafPaths, leavesIn, moduleOfLeaf } from "@qmoi/config/schemas";
import { type JsonObject, QmoiError } from "@qmoi/core";
import type { ConfigDocument } from "./configuration.ts";

/** Throws QMOI_MODULE_NOT_BUILT if a change touches what nothing in this version reads. */
export const refuseUnread = (document: ConfigDocument, before: JsonObject, next: JsonObject): void => {
  const leaves = leavesIn(document);
  for (const { path, from, to } of diffDocuments(before, next, document)) {
    const touched = [from, to].flatMap((value) => leafPaths(leaves, path.split("."), value));
    const unread = touched.find((leaf) => !isBuilt(leaf));
    if (unread === undefined) continue;
    throw new QmoiError("QMOI_MODULE_NOT_BUILT", `${unread} belongs to ${moduleOfLeaf(unread)}, and nothing in this version reads it.`, {
      path: unread,
    });
  }
};
