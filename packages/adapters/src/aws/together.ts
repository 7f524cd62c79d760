/** What one request of SQS sends and one receives, without waiting for more. */
const MESSAGES = 10;
const MOST_TOGETHER = 2;

/**
 * Spreads items over messages: one each while that takes one request, then two each. So one invocation works on up to 20 at a time, and
 * waits for nothing: with larger batches the platform would wait a second for each.
 */
export const together = <T>(items: readonly T[]): readonly (readonly T[])[] => {
  const size = items.length > MESSAGES ? MOST_TOGETHER : 1;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
};
