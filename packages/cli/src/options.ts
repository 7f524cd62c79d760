import type { PageAnswer } from "@qmoi/client";
import { eachItem } from "@qmoi/client";
import { InvalidArgumentError } from "commander";
import type { CommonOptions } from "./cli.ts";

/** For options that may be repeated. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export const wholeNumber =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return number;
  };

/** A time, as ISO 8601 in UTC. */
export const time = (value: string): string => {
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw new InvalidArgumentError("It must be a time such as 2026-01-31 or 2026-01-31T09:00:00Z.");
  return new Date(at).toISOString();
};

export interface ListOptions extends CommonOptions {
  readonly limit?: number;
}

export const limitOption = ["--limit <n>", "how many at most (default: 20; everything with --json)", wholeNumber(1, 1_000_000)] as const;

const TABLE_ROWS = 20;

/** The items a list command shows, and whether there are more. */
export const listed = async <T>(
  options: ListOptions,
  page: (query: { limit: number; after?: string }) => Promise<PageAnswer<T>>,
): Promise<{ items: T[]; more: boolean }> => {
  const most = options.limit ?? (options.json ? Number.POSITIVE_INFINITY : TABLE_ROWS);
  const items: T[] = [];
  for await (const item of eachItem((after) => page({ limit: Math.min(1000, most + 1), ...(after === undefined ? {} : { after }) }))) {
    if (items.length >= most) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
};

/** Leaves out what was not given. */
export const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
