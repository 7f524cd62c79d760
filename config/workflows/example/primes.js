// Functions of the example workflow. A task's function gets its payload and a context (logger, heartbeat, abort signal, idempotency
// key); what it returns is the task's output. TypeScript works too.

/** Ranges over which counting takes about equally long: a number costs about its square root. */
export const split = ({ below, parts }, { logger }) => {
  const edge = (i) => Math.round(below * (i / parts) ** (2 / 3));
  const ranges = Array.from({ length: parts }, (_, i) => ({ from: edge(i), to: edge(i + 1) })).filter(({ from, to }) => from < to);
  logger.info("split", { below, ranges: ranges.length });
  return ranges;
};

/** Numbers of primes below the powers of ten, as far as anyone would count here. */
const KNOWN = { 1000: 168, 10000: 1229, 100000: 9592, 1000000: 78_498, 4000000: 283_146, 10000000: 664_579, 100000000: 5_761_455 };

export const report = ({ below, counts }, { logger }) => {
  const primes = counts.reduce((sum, part) => sum + part.primes, 0);
  const known = KNOWN[below];
  if (known !== undefined && known !== primes) throw new Error(`Counted ${primes} primes below ${below}, but there are ${known}.`);
  logger.info("counted", { below, primes });
  return { below, primes, share: Number((primes / below).toFixed(4)), checked: known !== undefined };
};
