import { type IndexEntry, type Item, type Page, QmoiError, type Table } from "@qmoi/core";
import type { Operation } from "./operations.ts";

/** What came of an operation, in a form that can be compared between tables: a value, or the code of an error. */
export type Outcome = { readonly value: unknown } | { readonly code: string };

/** What differs by nature between tables and is left out of a comparison. */
export interface Leniency {
  /** Entries of an index with equal sort keys have an order over pages. */
  readonly orderedTies: boolean;
}

const byKey = (a: { pk: string; sk: string }, b: { pk: string; sk: string }): number =>
  a.pk === b.pk ? (a.sk < b.sk ? -1 : 1) : a.pk < b.pk ? -1 : 1;

const settled = async (promise: Promise<unknown>): Promise<Outcome> => {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof QmoiError) return { code: error.code };
    throw error;
  }
};

/**
 * The items of all pages; each page is checked to hold no more than was asked for. `between` follows the first page, also where no other follows:
 * DynamoDB, but not each table, knows that a page which ends at its bound is the last.
 */
const pages = async <T>(
  limit: number | undefined,
  read: (after: string | undefined) => Promise<Page<T>>,
  between?: () => Promise<unknown>,
): Promise<T[]> => {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    if (page.items.length > (limit ?? 1000)) throw new Error(`A page of ${limit} has ${page.items.length} items.`);
    all.push(...page.items);
    if (after === undefined) await between?.();
    after = page.next;
  } while (after !== undefined && all.length < 100);
  return all;
};

/** Runs of entries with the same sort key, each sorted by the item's key. */
const sortTies = (entries: readonly IndexEntry[]): IndexEntry[][] => {
  const runs: IndexEntry[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run?.[0]?.is === entry.is) run.push(entry);
    else runs.push([entry]);
  }
  return runs.map((run) => run.sort(byKey));
};

const value = async (table: Table, operation: Operation, leniency: Leniency): Promise<unknown> => {
  switch (operation.op) {
    case "get":
      return table.get(operation.key);
    case "put":
      return table.put(operation.item, operation.options);
    case "delete":
      return table.delete(operation.key, { when: operation.when });
    case "query": {
      const { query, between } = operation;
      return pages(query.limit, (after) => table.query({ ...query, after }), between && (() => outcome(table, between, leniency)));
    }
    case "queryIndex": {
      const entries = await pages(operation.query.limit, (after) => table.queryIndex({ ...operation.query, after }));
      return leniency.orderedTies ? entries : sortTies(entries);
    }
    case "scan": {
      const items = await pages<Item>(operation.limit, (after) => table.scan({ limit: operation.limit, after }));
      return items.sort(byKey);
    }
    case "together":
      return Promise.all(operation.operations.map((each) => outcome(table, each, leniency)));
  }
};

/** Carries an operation out and tells what came of it. */
export const outcome = (table: Table, operation: Operation, leniency: Leniency): Promise<Outcome> =>
  settled(value(table, operation, leniency));
