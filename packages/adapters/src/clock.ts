import type { Clock } from "@qmoi/core";

/** setTimeout's longest delay; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clocks. Timers keep the process alive until they fire or are cancelled. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(ms: number, fn: () => void): () => void {
    let left = ms;
    let timer: NodeJS.Timeout;
    const next = (): void => {
      const step = Math.min(left, LONGEST_MS);
      left -= step;
      timer = setTimeout(left > 0 ? next : fn, step);
    };
    next();
    return () => clearTimeout(timer);
  }
}
