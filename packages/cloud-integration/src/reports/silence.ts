const MINUTE_MS = 60_000;
/** Longer silences count as a day: nobody has to act otherwise, and graphs stay readable. */
const MOST_MINUTES = 1_440;

/**
 * How long a provider has said nothing, in whole minutes: by this side's clock, since its latest report came; a day at most, and a day where
 * none ever came.
 */
export const silentMinutes = (received: number | undefined, now: number): number =>
  received === undefined ? MOST_MINUTES : Math.min(MOST_MINUTES, Math.max(0, Math.floor((now - received) / MINUTE_MS)));

export const PROVIDER_STATES = ["reporting", "silent"] as const;
export type ProviderState = (typeof PROVIDER_STATES)[number];

/** What a provider is after so many minutes without a report, where one is due within `silentAfter` minutes. */
export const providerState = (minutes: number, silentAfter: number): ProviderState => (minutes >= silentAfter ? "silent" : "reporting");
