import {
  type Histogram,
  mergeStatistics,
  NO_STATISTICS,
  type Observation,
  quantile,
  Totals,
  type TypeDay,
} from "@qmoi/advanced-automation";
import { hasCode, type Item } from "@qmoi/core";
import { type AttemptItem, keys, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";
import { isTransient } from "./retrying.ts";
import type { RunEntry } from "./run-entry.ts";

/** The longer, the more attempts share a write: a busy type costs one each time. */
const FLUSH_MS = 5_000;
const LEARN_DAYS = 14;
const DAY_MS = 86_400_000;
/** Successes of a type from which on their median says more than a guess. */
const FEW = 5;
/** Writes under way at a time while what was gathered is added. */
const AT_ONCE = 64;

export interface StatisticsItem extends Item {
  readonly d: string;
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * Statistics per workflow, task type and day: gathered in memory, added to the store every 5 s, and before they are read here. What was gathered and not yet written
 * is lost with the process; the history itself is not. Told as metrics too, where somebody listens.
 */
export class Statistics {
  readonly #ports: Ports;
  #pending = new Map<string, Totals>();
  readonly #known = new Map<string, Totals>();
  #timer: (() => void) | undefined;
  #day = { number: -1, text: "" };

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Reads the last two weeks, by which timeouts are learned. */
  async load(): Promise<void> {
    const now = this.#ports.clock.now();
    for (let day = 0; day < LEARN_DAYS; day++) {
      for await (const { type, stats } of readDay(this.#ports, dayOf(now - day * DAY_MS))) totalsOf(this.#known, type).add(stats);
    }
  }

  observe(entry: RunEntry, task: number, item: AttemptItem): void {
    const { type } = entry.state.locate(task).task;
    const seen: Observation = {
      ok: item.s === "succeeded",
      seconds: Math.max(0, (item.ea ?? item.sa) - item.sa) / 1000,
      queueSeconds: Math.max(0, item.sa - item.ra) / 1000,
      cpuSeconds: item.u?.cpuSeconds ?? 0,
      peakMemory: item.u?.peakMemoryBytes ?? 0,
    };
    this.#ports.metrics?.add(seen.ok ? "AttemptsSucceeded" : "AttemptsFailed", 1);
    this.#ports.metrics?.add("WaitSeconds", seen.queueSeconds);
    totalsOf(this.#known, type).observe(seen);
    totalsOf(this.#pending, `${this.#dayOf(item.ea ?? item.sa)}|${entry.header.wf}#${type}`).observe(seen);
    this.#timer ??= this.#ports.clock.after(FLUSH_MS, () => void this.flush());
  }

  /** Most memory that an attempt of the type has used, in bytes; 0 where nothing is known. */
  peakMemoryOf(type: string): number {
    return this.#known.get(type)?.peakMemory ?? 0;
  }

  /** Run times of the type that were seen in the last two weeks; undefined where nothing is known. */
  runTimeOf(type: string): Histogram | undefined {
    const known = this.#known.get(type);
    return known && known.succeeded > 0 ? known.day.runTime : undefined;
  }

  /** Median seconds of the type's successes; undefined before a few have ended. */
  medianOf(type: string): number | undefined {
    const known = this.#known.get(type);
    return known && known.succeeded >= FEW ? quantile(known.day.runTime, 0.5) : undefined;
  }

  timeoutOf(type: string): number | undefined {
    const { learnedTimeoutFactor, learnedTimeoutFloorMs } = this.#ports.settings();
    return this.#known.get(type)?.timeout(learnedTimeoutFactor, learnedTimeoutFloorMs);
  }

  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending = new Map();
    for (let first = 0; first < pending.length; first += AT_ONCE)
      await Promise.all(pending.slice(first, first + AT_ONCE).map(([key, seen]) => this.#write(key, seen.day)));
  }

  /** What the store can't take now joins what is gathered meanwhile. */
  async #write(key: string, seen: TypeDay): Promise<void> {
    try {
      await this.#add(key, seen);
    } catch (error) {
      if (!isTransient(error)) this.#ports.logger.log("error", "statistics not written", { error });
      totalsOf(this.#pending, key).add(seen);
      this.#timer ??= this.#ports.clock.after(FLUSH_MS, () => void this.flush());
    }
  }

  async #add(key: string, seen: TypeDay): Promise<void> {
    const [day, type] = key.split("|") as [string, string];
    const at = keys.statistics(day, type);
    const ttl = Math.floor(Date.parse(day) / 1000) + this.#ports.settings().historyDays * 86_400;
    for (;;) {
      const stored = (await this.#ports.table.get(at)) as StatisticsItem | undefined;
      const sum = mergeStatistics(stored ? (JSON.parse(stored.d) as TypeDay) : NO_STATISTICS, seen);
      try {
        await this.#ports.table.put(
          { ...at, v: (stored?.v ?? 0) + 1, ttl, d: JSON.stringify(sum) },
          { when: unchanged("statistics.add", stored) },
        );
        return;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
    }
  }

  /** The day of a time: most times lie in the same one as the time before. */
  #dayOf(at: number): string {
    const number = Math.floor(at / DAY_MS);
    if (number !== this.#day.number) this.#day = { number, text: dayOf(at) };
    return this.#day.text;
  }
}

const totalsOf = (all: Map<string, Totals>, key: string): Totals => {
  let totals = all.get(key);
  if (!totals) {
    totals = new Totals();
    all.set(key, totals);
  }
  return totals;
};

/** Everything known of one day. */
export async function* readDay(
  ports: Pick<Ports, "table">,
  day: string,
): AsyncGenerator<{ workflow: string; type: string; stats: TypeDay }> {
  for (let after: string | undefined; ; ) {
    const page = await ports.table.query({ pk: `STAT#${day}`, ...(after === undefined ? {} : { after }) });
    for (const item of page.items as readonly StatisticsItem[]) {
      const split = item.sk.indexOf("#");
      yield { workflow: item.sk.slice(0, split), type: item.sk.slice(split + 1), stats: JSON.parse(item.d) as TypeDay };
    }
    if (page.next === undefined) return;
    after = page.next;
  }
}
