const DAY_MS = 86_400_000;

/** Backups that are too old to be kept, given the times of all: never one of the `atLeast` newest. */
export const expiredBackups = <T extends { readonly at: number }>(
  all: readonly T[],
  { days, atLeast }: { readonly days: number; readonly atLeast: number },
  now: number,
): readonly T[] =>
  all
    .toSorted((a, b) => b.at - a.at)
    .slice(atLeast)
    .filter(({ at }) => at < now - days * DAY_MS);
