import { binOf, type Histogram } from "./histogram.ts";
import { ENOUGH, longestToExpect, type Observation, type TypeDay, timeoutFor } from "./statistics.ts";

type Bins = Map<number, number>;

const count = (bins: Bins, bin: number, by: number): void => void bins.set(bin, (bins.get(bin) ?? 0) + by);

const readBins = (bins: Bins, histogram: Histogram): void => {
  for (const bin in histogram) count(bins, Number(bin), histogram[bin] ?? 0);
};

/** Share of new observations from which on a quantile is looked for again: it hardly moves by fewer. */
const NEWS = 1 / 64;

/** Statistics that grow in place, for where each attempt counts: what {@link TypeDay} and its functions are for values. */
export class Totals {
  attempts = 0;
  succeeded = 0;
  failed = 0;
  cpuSeconds = 0;
  peakMemory = 0;
  longest = 0;
  readonly #runTime: Bins = new Map();
  readonly #queue: Bins = new Map();
  #longestToExpect = 0;
  #knownUntil = ENOUGH;

  observe(seen: Observation): void {
    this.attempts++;
    if (seen.ok) {
      this.succeeded++;
      count(this.#runTime, binOf(seen.seconds), 1);
      if (seen.seconds > this.longest) {
        this.longest = seen.seconds;
        this.#knownUntil = ENOUGH;
      }
    } else this.failed++;
    if (seen.cpuSeconds !== undefined) this.cpuSeconds += seen.cpuSeconds;
    if (seen.peakMemory !== undefined && seen.peakMemory > this.peakMemory) this.peakMemory = seen.peakMemory;
    count(this.#queue, binOf(seen.queueSeconds), 1);
  }

  add(day: TypeDay): void {
    this.attempts += day.attempts;
    this.succeeded += day.succeeded;
    this.failed += day.failed;
    this.cpuSeconds += day.cpuSeconds;
    this.peakMemory = Math.max(this.peakMemory, day.peakMemory);
    this.longest = Math.max(this.longest, day.longest);
    this.#knownUntil = ENOUGH;
    readBins(this.#runTime, day.runTime);
    readBins(this.#queue, day.queue);
  }

  /** As a value, to store. */
  get day(): TypeDay {
    const { attempts, succeeded, failed, cpuSeconds, peakMemory, longest } = this;
    const [runTime, queue] = [Object.fromEntries(this.#runTime), Object.fromEntries(this.#queue)];
    return { attempts, succeeded, failed, cpuSeconds, peakMemory, longest, runTime, queue };
  }

  /** As `learnedTimeout` of the same observations, but for the latest few. */
  timeout(factor: number, floorMs: number): number | undefined {
    if (this.succeeded < ENOUGH) return undefined;
    if (this.succeeded >= this.#knownUntil) {
      this.#longestToExpect = longestToExpect(this.day);
      this.#knownUntil = this.succeeded * (1 + NEWS);
    }
    return timeoutFor(this.#longestToExpect, factor, floorMs);
  }
}
