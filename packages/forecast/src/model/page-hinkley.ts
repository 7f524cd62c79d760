/** Change of the mean that is not worth an alarm, in deviations. */
const TOLERANCE = 0.5;
/** Sum of excess deviations at which to raise the alarm: twelve cases in a row that are off by 1.5 deviations; chance alone needs some 100,000. */
const THRESHOLD = 12;
/** A single wild case must not raise the alarm. */
const LARGEST = 4;

/**
 * Page and Hinkley's test for a lasting change of a mean, in both directions (Page 1954, doi 10.2307/2333009; Hinkley 1971; for streams Gama et al. 2014,
 * doi 10.1145/2523813). Fed with normalized errors of a forecast, which lie around zero while it holds.
 */
export class PageHinkley {
  #up = 0;
  #down = 0;

  /** Takes in an error in deviations; true if the mean has changed, upon which the test starts anew. */
  add(error: number): boolean {
    const bounded = Math.max(-LARGEST, Math.min(LARGEST, error));
    this.#up = Math.max(0, this.#up + bounded - TOLERANCE);
    this.#down = Math.max(0, this.#down - bounded - TOLERANCE);
    if (this.#up <= THRESHOLD && this.#down <= THRESHOLD) return false;
    this.#up = 0;
    this.#down = 0;
    return true;
  }

  save(): number[] {
    return [this.#up, this.#down];
  }

  static load([up = 0, down = 0]: readonly number[]): PageHinkley {
    const test = new PageHinkley();
    test.#up = up;
    test.#down = down;
    return test;
  }
}
