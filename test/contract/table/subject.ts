import type { IndexEntry, IndexQuery, Item, Page, Query, ScanRequest, Table } from "@qmoi/core";
import { afterEach } from "vitest";

/** A kind of table under the contract. */
export interface Subject {
  readonly name: string;
  /** A new, empty table. */
  readonly open: () => Promise<Table>;
  /** Whether it has one order over all keys (`seq`). */
  readonly ordered: boolean;
  /** Whether entries of an index with equal sort keys are in order over pages too. */
  readonly orderedTies: boolean;
}

/** Opens tables of a subject and closes them after each test. */
export const opener = (subject: Subject): (() => Promise<Table>) => {
  const opened: Table[] = [];
  afterEach(async () => {
    for (const table of opened.splice(0)) await table.close();
  });
  return async () => {
    const table = await subject.open();
    opened.push(table);
    return table;
  };
};

export const item = (pk: string, sk: string, more: Record<string, unknown> = {}): Item => ({ pk, sk, v: 1, ...more }) as Item;

/** All pages of a listing, one after another. */
const drain = async <T>(read: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> => {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
};

export const queryAll = (table: Table, query: Query): Promise<Item[]> => drain((after) => table.query({ ...query, after }));
export const indexAll = (table: Table, query: IndexQuery): Promise<IndexEntry[]> => drain((after) => table.queryIndex({ ...query, after }));
export const scanAll = (table: Table, request: ScanRequest = {}): Promise<Item[]> => drain((after) => table.scan({ ...request, after }));

/** The code of the error that a promise rejects with; "none" if it resolves. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: { code?: string }) => error.code ?? error,
  );

/** Waits until a condition holds, for what is eventually so; the test's own time limit ends it. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};
