import type { Workflow } from "@qmoi/config";
import { hasCode, type Item, type Key } from "@qmoi/core";
import type { Definitions } from "./definitions.ts";
import { ATTEMPT_TASKS, type HeaderItem, isEnded, keys } from "./items.ts";
import type { Ports } from "./ports.ts";
import { pages } from "./run-loader.ts";
import { scheduleName } from "./schedules.ts";
import { dayOf } from "./statistics.ts";
import { listHeads } from "./workflows.ts";

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Days before the oldest kept one that are looked at again: what a pass missed, ten more will find. */
const LOOK_BACK_DAYS = 10;
/** Runs deleted in one pass, so that a pass never takes long. */
const MOST_RUNS = 500;

/**
 * Deletes what is older than the retention says. Readers filter by the time already: this only gives space back. A run's header goes last,
 * so that a pass that was cut off is finished by the next.
 */
export class Retention {
  readonly #ports: Ports;
  #last = Number.NEGATIVE_INFINITY;
  #deleted = 0;

  readonly #definitions: Definitions;

  constructor(ports: Ports, definitions: Definitions) {
    this.#ports = ports;
    this.#definitions = definitions;
  }

  /** At most once an hour, unless it must be `now`. Resolves with the number of items deleted. */
  async pass(now = false): Promise<number> {
    const { clock } = this.#ports;
    if (!now && clock.monotonic() - this.#last < EVERY_MS) return 0;
    const before = this.#deleted;
    this.#last = clock.monotonic();
    const { historyDays, deadLetterDays } = this.#ports.settings();
    let left = MOST_RUNS;
    for await (const head of listHeads(this.#ports)) {
      left = await this.#purgeRuns(head.sk, left);
      if (head.sc) await this.#purgeFirings((await this.#definitions.graph(head.ver)).workflow);
    }
    await this.#purgeDays("STAT#", historyDays);
    await this.#purgeDays("DL#", deadLetterDays);
    return this.#deleted - before;
  }

  /** Oldest first, up to the first run that stays. Returns how many more may go. */
  async #purgeRuns(workflow: string, most: number): Promise<number> {
    const { table } = this.#ports;
    let left = most;
    while (left > 0) {
      const page = await table.queryIndex({ index: 1, pk: keys.workflowIndex(workflow), limit: Math.min(100, left) });
      for (const { pk } of page.items) {
        const header = (await table.get({ pk, sk: "H" })) as HeaderItem | undefined;
        if (header && !(isEnded(header) && this.#expired(header))) return left;
        if (header) await this.#purgeRun(header);
        left--;
      }
      if (page.items.length === 0 || page.next === undefined) return left;
    }
    return left;
  }

  async #purgeRun(header: HeaderItem): Promise<void> {
    const { blobs, logs, table } = this.#ports;
    const run = header.pk.slice(2);
    try {
      // Said in the header before anything goes, so that a redrive which was faster keeps all, and one that is slower finds no run.
      if (!header.gone) await table.put({ ...header, v: header.v + 1, gone: true }, { when: { site: "run.purge", v: header.v } });
    } catch (error) {
      if (hasCode(error, "QMOI_CONFLICT")) return;
      throw error;
    }
    for (let first = 0; first < header.n; first += ATTEMPT_TASKS) await this.#deleteAll(keys.attempts(run, first));
    for (const prefix of [`inputs/${run}.json`, `lists/${run}/`, `outputs/${run}/`]) {
      for (const blob of await blobs.list(prefix)) await blobs.delete(blob.key);
    }
    await logs.deleteRun(run);
    await this.#deleteAll(header.pk, "F#");
    await this.#delete({ pk: header.pk, sk: "H" });
  }

  async #purgeFirings(workflow: Workflow): Promise<void> {
    for (const schedule of workflow.schedules ?? []) {
      for await (const item of pages(this.#ports, `S#${scheduleName(workflow, schedule)}`, "N#")) {
        if (!this.#expired(item)) break;
        await this.#delete(item);
      }
    }
  }

  async #purgeDays(prefix: string, keepDays: number): Promise<void> {
    const oldest = this.#ports.clock.now() - (keepDays + 1) * DAY_MS;
    for (let back = 0; back < LOOK_BACK_DAYS; back++) await this.#deleteAll(`${prefix}${dayOf(oldest - back * DAY_MS)}`);
  }

  #expired(item: Item): boolean {
    return item.ttl !== undefined && item.ttl * 1000 <= this.#ports.clock.now();
  }

  async #deleteAll(pk: string, prefix?: string): Promise<void> {
    for await (const item of pages(this.#ports, pk, prefix)) await this.#delete(item);
  }

  async #delete({ pk, sk }: Key): Promise<void> {
    await this.#ports.table.delete({ pk, sk });
    this.#deleted++;
  }
}
