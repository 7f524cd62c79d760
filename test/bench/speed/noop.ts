/** The function that does nothing, for worker threads. */
export const noop = (): null => null;
