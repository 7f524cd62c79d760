import { describe } from "vitest";
import { conditionContract } from "./table/conditions.ts";
import { feedContract } from "./table/feed.ts";
import { itemContract } from "./table/items.ts";
import { queryContract } from "./table/queries.ts";
import { scanContract } from "./table/scanning.ts";
import type { Subject } from "./table/subject.ts";

/** What every Table does alike: each sentence of the port is a test. */
export const tableContract = (subject: Subject): void => {
  describe(subject.name, () => {
    itemContract(subject);
    conditionContract(subject);
    queryContract(subject);
    scanContract(subject);
    feedContract(subject);
  });
};
