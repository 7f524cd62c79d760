/** No service means longer; a larger number would only overflow timers. */
const LONGEST_MS = 365 * 86_400_000;

/** Milliseconds to wait by a Retry-After header (seconds, or an HTTP date against `now`); undefined if it is neither. RFC 9110, 10.2.3. */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // All three forms of an HTTP date name a weekday and end in the year or GMT; Date.parse alone would take "1.5" for a date.
  if (!/^[A-Z][a-z]{2,8},? .*\d/.test(text)) return undefined;
  const date = Date.parse(/GMT$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), LONGEST_MS);
};
