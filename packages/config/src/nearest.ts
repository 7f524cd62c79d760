/** Candidates looked at for one suggestion: enough for any schema, a bound for definitions with 100,000 tasks. */
const MOST_CANDIDATES = 20_000;

/** Letters that a beginning must have to tell what was meant. */
const LEAST_BEGINNING = 4;

/**
 * The candidate that was probably meant, or undefined when none is close: a third of the letters may be wrong, at least one, or one is
 * the beginning of the other.
 */
export const nearest = (text: string, candidates: Iterable<string>): string | undefined => {
  const allowed = Math.max(1, Math.floor(text.length / 3));
  let best: string | undefined;
  let bestDistance = allowed + 1;
  let beginning: string | undefined;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MOST_CANDIDATES) break;
    beginning ??= isBeginning(text, candidate) ? candidate : undefined;
    if (Math.abs(candidate.length - text.length) >= bestDistance) continue;
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? beginning;
};

const isBeginning = (a: string, b: string): boolean => {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= LEAST_BEGINNING && long.toLowerCase().startsWith(short.toLowerCase());
};

/**
 * Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment: Boytsov, "Indexing methods for approximate
 * dictionary searching", 2011); gives up with `limit` once no better distance is possible.
 */
export const editDistance = (a: string, b: string, limit = Number.POSITIVE_INFINITY): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(cell(previous, j) + 1, cell(row, j - 1) + 1, cell(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, cell(beforePrevious, j - 2) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    // A transposition reaches back two rows, so both must be over the limit.
    if (least >= limit && Math.min(...previous) >= limit) return limit;
    beforePrevious = previous;
    previous = row;
  }
  return cell(previous, b.length);
};

/** Rows are complete by construction. */
const cell = (row: readonly number[], index: number): number => row[index] as number;
