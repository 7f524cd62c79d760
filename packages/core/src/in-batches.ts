/** Does the work for so many at a time, one batch after another. */
export const inBatches = async <T>(size: number, all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < all.length; from += size) await Promise.all(all.slice(from, from + size).map(work));
};
