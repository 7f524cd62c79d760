import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

type Strategy = Extract<NonNullable<DynamoDBClientConfig["retryStrategy"]>, { acquireInitialRetryToken: unknown }>;
type Token = Awaited<ReturnType<Strategy["acquireInitialRetryToken"]>>;
type ErrorInfo = Parameters<Strategy["refreshRetryTokenForRetry"]>[1];

const MAX_RETRIES = 3;
/** Doubled with each retry, with full jitter. */
const BASE_DELAY_MS = 50;

const token = (retries: number): Token => ({
  getRetryCount: () => retries,
  getRetryDelay: () => (retries === 0 ? 0 : Math.random() * BASE_DELAY_MS * 2 ** (retries - 1)),
});

/**
 * Retries a write only after an answer that says it was refused (a throttle, an expired signature). After a time-out or a 5xx the
 * write may have happened: to repeat it would meet its own effect and report a conflict where there was none, or overwrite what
 * another wrote meanwhile. Those end as an UnavailableError, and the caller reads before it writes again.
 */
export const writeRetryStrategy: Strategy = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (last: Token, { error, errorType }: ErrorInfo) => {
    const status = error?.$metadata?.httpStatusCode ?? 0;
    const refused = errorType === "THROTTLING" || (status >= 400 && status < 500);
    const retries = last.getRetryCount() + 1;
    if (!refused || retries > MAX_RETRIES) throw error ?? new Error("The write was not answered.");
    return token(retries);
  },
  recordSuccess: () => undefined,
};
