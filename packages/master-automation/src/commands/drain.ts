/** An attempt that runs: the end of it that recorded statistics let expect. Seconds. */
export interface RunningWork {
  readonly elapsed: number;
  /** Run times of its type that were seen to be exceeded by half of all, and by one in a hundred; undefined where nothing is known. */
  readonly median: number | undefined;
  readonly p99: number | undefined;
  /** When it is aborted at the latest. */
  readonly timeout: number;
}

/** Seconds until all that runs will have ended: as expected, and at most. `unknown`: attempts of which only their timeout is known. */
export interface DrainEstimate {
  readonly expected: number;
  readonly longest: number;
  readonly unknown: number;
  /** By forecasts: in so large a share of cases it takes between `lo` and `hi`; from which level's history they come at worst, and how far off they typically are (0.35: by 35%). */
  readonly likely?: {
    readonly lo: number;
    readonly hi: number;
    readonly share: number;
    readonly level: string;
    readonly backtestError: number;
  };
}

/** If nothing new begins. What has run longer than its type's median is expected to take as long as the slowest hundredth. */
export const estimateDrain = (running: readonly RunningWork[]): DrainEstimate => {
  const rest = running.map(({ elapsed, median, p99, timeout }) => {
    const left = Math.max(0, timeout - elapsed);
    if (median === undefined || p99 === undefined) return { expected: 0, longest: left };
    const expected = elapsed < median ? median - elapsed : Math.max(0, p99 - elapsed);
    return { expected: Math.min(expected, left), longest: left };
  });
  return {
    expected: Math.max(0, ...rest.map((one) => one.expected)),
    longest: Math.max(0, ...rest.map((one) => one.longest)),
    unknown: running.filter(({ median }) => median === undefined).length,
  };
};
