import type { Range } from "../range.ts";
import { compareUtf8 } from "../utf8-order.ts";
import type { SortedList } from "./sorted-list.ts";

/** How a range applies to the entries of a list. */
export interface Sorting<T> {
  /** The sort key that bounds apply to. */
  readonly sort: (entry: T) => string;
  /** Compares an entry with a cursor's position. */
  readonly compare: (entry: T, position: readonly string[]) => number;
}

/** The entries of one page, in the direction asked for. */
export const sortedPage = <T>(list: SortedList<T>, range: Range, reverse: boolean, sorting: Sorting<T>): T[] => {
  if (range.empty) return [];
  const { from, to, below, after, limit } = range;
  let low = from === undefined ? 0 : list.countBefore((entry) => compareUtf8(sorting.sort(entry), from) < 0);
  let high = list.size;
  if (to !== undefined) high = list.countBefore((entry) => compareUtf8(sorting.sort(entry), to) <= 0);
  if (below !== undefined) high = list.countBefore((entry) => compareUtf8(sorting.sort(entry), below) < 0);
  if (after !== undefined && reverse)
    high = Math.min(
      high,
      list.countBefore((entry) => sorting.compare(entry, after) < 0),
    );
  if (after !== undefined && !reverse)
    low = Math.max(
      low,
      list.countBefore((entry) => sorting.compare(entry, after) <= 0),
    );
  const count = Math.max(0, Math.min(limit, high - low));
  return Array.from({ length: count }, (_, i) => list.at(reverse ? high - 1 - i : low + i) as T);
};
