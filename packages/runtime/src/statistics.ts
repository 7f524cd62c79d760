import { learnedTimeout, mergeStatistics, NO_STATISTICS, observe, type TypeDay } from "@qmoi/advanced-automation";
import { hasCode, type Item } from "@qmoi/core";
import { type AttemptItem, keys, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";
import { isTransient } from "./retrying.ts";
import type { RunEntry } from "./run-entry.ts";

const FLUSH_MS = 1_000;
const LEARN_DAYS = 14;
const DAY_MS = 86_400_000;

export interface StatisticsItem extends Item {
  readonly d: string;
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * Statistics per workflow, task type and day: gathered in memory, added to the store once a second. What was gathered and not yet written
 * is lost with the process; the history itself is not.
 */
export class Statistics {
  readonly #ports: Ports;
  readonly #pending = new Map<string, TypeDay>();
  readonly #known = new Map<string, TypeDay>();
  #timer: (() => void) | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Reads the last two weeks, by which timeouts are learned. */
  async load(): Promise<void> {
    const now = this.#ports.clock.now();
    for (let day = 0; day < LEARN_DAYS; day++) {
      for await (const { type, stats } of readDay(this.#ports, dayOf(now - day * DAY_MS))) this.#learn(type, stats);
    }
  }

  observe(entry: RunEntry, task: number, item: AttemptItem): void {
    const { type } = entry.state.locate(task).task;
    const seen = observe(NO_STATISTICS, {
      ok: item.s === "succeeded",
      seconds: Math.max(0, (item.ea ?? item.sa) - item.sa) / 1000,
      queueSeconds: Math.max(0, item.sa - item.ra) / 1000,
      ...(item.u?.cpuSeconds === undefined ? {} : { cpuSeconds: item.u.cpuSeconds }),
      ...(item.u?.peakMemoryBytes === undefined ? {} : { peakMemory: item.u.peakMemoryBytes }),
    });
    this.#learn(type, seen);
    const key = `${dayOf(item.ea ?? item.sa)}|${entry.header.wf}#${type}`;
    this.#pending.set(key, mergeStatistics(this.#pending.get(key) ?? NO_STATISTICS, seen));
    this.#timer ??= this.#ports.clock.after(FLUSH_MS, () => void this.flush());
  }

  /** What is known of a type; memory in bytes. */
  of(type: string): TypeDay {
    return this.#known.get(type) ?? NO_STATISTICS;
  }

  timeoutOf(type: string): number | undefined {
    const { learnedTimeoutFactor, learnedTimeoutFloorMs } = this.#ports.settings();
    return learnedTimeout(this.of(type), learnedTimeoutFactor, learnedTimeoutFloorMs);
  }

  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    for (const [key, seen] of [...this.#pending]) {
      this.#pending.delete(key);
      try {
        await this.#add(key, seen);
      } catch (error) {
        if (!isTransient(error)) this.#ports.logger.log("error", "statistics not written", { error });
        this.#pending.set(key, mergeStatistics(this.#pending.get(key) ?? NO_STATISTICS, seen));
        this.#timer ??= this.#ports.clock.after(FLUSH_MS, () => void this.flush());
      }
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

  #learn(type: string, seen: TypeDay): void {
    this.#known.set(type, mergeStatistics(this.#known.get(type) ?? NO_STATISTICS, seen));
  }
}

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
