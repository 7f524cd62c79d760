import type { HostCapacity, HostReading } from "./measure-host.ts";

/** What is used of the host, over the time between two readings. */
export interface HostUse {
  /** Fraction of the machine's processors that were busy, by anybody. */
  readonly cpuBusy: number;
  /** Of the memory this process may have at most. */
  readonly memoryUsedBytes: number;
  readonly diskFreeBytes: number;
  /** This process and all its descendants. */
  readonly own: { readonly cpus: number; readonly memoryBytes: number };
}

/** What tasks may reserve: capacity less what others on the host use. */
export interface HostAvailable {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const between = (low: number, value: number, high: number): number => Math.min(Math.max(value, low), high);

/** Counters that went back (a process ended unseen, the host was suspended) count as no use. */
const rate = (from: number, to: number, seconds: number): number => (seconds > 0 ? Math.max(to - from, 0) / seconds : 0);

/** Use between two readings. Processor rates are 0 if no time lies between them. */
export const hostUse = (earlier: HostReading, later: HostReading): HostUse => {
  const seconds = (later.at - earlier.at) / 1000;
  return {
    cpuBusy: between(0, rate(earlier.busySeconds, later.busySeconds, seconds) / later.machineCpus, 1),
    memoryUsedBytes: Math.max(later.capacity.memoryBytes - memoryLeft(later), 0),
    diskFreeBytes: later.diskFreeBytes,
    own: { cpus: rate(earlier.own.cpuSeconds, later.own.cpuSeconds, seconds), memoryBytes: later.own.memoryBytes },
  };
};

/** Bytes that can still be had: of the machine and within each limit. */
const memoryLeft = (reading: HostReading): number =>
  Math.min(reading.memoryAvailableBytes, ...reading.limits.memory.map(({ limit, used }) => limit - used));

/**
 * Capacity less what others use. What this process and its children use is left in, because it is counted as reservations;
 * where a control group sets a limit, others are those in the same group, and the machine's own bounds hold as well.
 */
export const hostAvailable = (earlier: HostReading, later: HostReading): HostAvailable => {
  const { capacity, limits, own } = later;
  const seconds = (later.at - earlier.at) / 1000;
  const ownCpus = rate(earlier.own.cpuSeconds, later.own.cpuSeconds, seconds);
  const left = (total: number, before: number, now: number): number => total - Math.max(rate(before, now, seconds) - ownCpus, 0);
  const cpus = [
    capacity.cpus,
    left(later.machineCpus, earlier.busySeconds, later.busySeconds),
    ...limits.cpu.map(({ limit, used }, i) => left(limit, earlier.limits.cpu[i]?.used ?? used, used)),
  ];
  return {
    cpus: Math.max(Math.min(...cpus), 0),
    memoryBytes: between(0, memoryLeft(later) + own.memoryBytes, capacity.memoryBytes),
    diskBytes: later.diskFreeBytes,
  };
};

export interface HostMonitorOptions {
  /** Takes a reading (measureHost of the data folder). */
  readonly read: () => Promise<HostReading>;
  /** Milliseconds between readings, which each cost a few milliseconds of processor time. */
  readonly intervalMs?: number;
  /** Told of a reading that failed; the last one stays in force. */
  readonly onError?: (error: unknown) => void;
}

/** Reads the host at intervals and answers from the last two readings at no cost. */
export class HostMonitor {
  readonly #options: HostMonitorOptions;
  #earlier: HostReading;
  #later: HostReading;
  #use: HostUse;
  #available: HostAvailable;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(options: HostMonitorOptions, first: HostReading) {
    this.#options = options;
    this.#earlier = first;
    this.#later = first;
    this.#use = hostUse(first, first);
    this.#available = hostAvailable(first, first);
    this.#schedule();
  }

  /** Takes the first reading. Until the second, processors count as idle. */
  static async start(options: HostMonitorOptions): Promise<HostMonitor> {
    return new HostMonitor(options, await options.read());
  }

  capacity(): HostCapacity {
    return this.#later.capacity;
  }

  use(): HostUse {
    return this.#use;
  }

  available(): HostAvailable {
    return this.#available;
  }

  /** Reads now, without waiting for the interval. */
  async refresh(): Promise<void> {
    const reading = await this.#options.read();
    this.#earlier = this.#later;
    this.#later = reading;
    this.#use = hostUse(this.#earlier, reading);
    this.#available = hostAvailable(this.#earlier, reading);
  }

  close(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#tick(), this.#options.intervalMs ?? 2000).unref();
  }

  async #tick(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#options.onError?.(error);
    }
    if (!this.#stopped) this.#schedule();
  }
}
