/** Share of outcomes that an interval is to hold. */
export const COVERAGE = 0.9;
