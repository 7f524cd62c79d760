import type { GraphTask } from "@qmoi/advanced-automation";
import { hasCode, type Item } from "@qmoi/core";
import type { Forecast } from "@qmoi/forecast";
import { type ForecastWatch, RankTrials, type SavedTrials, type SavedWatch } from "@qmoi/intelligent-scheduler";
import type { Model } from "./forecast/model-store.ts";
import { keys, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";

/** How old what was read may be, and how often what was learned is stored at most (ms). */
const FRESH_MS = 60_000;

/** Forecasts of a task, as they were asked for last. */
export interface KnownTask {
  readonly model: Model;
  readonly at: number;
  readonly seconds: Forecast | undefined;
  readonly memory: Forecast | undefined;
}

/** How well forecasts have told runs apart, and whether ranks have paid, as it is stored: once for all processes. */
interface WatchItem extends Item {
  readonly watch: SavedWatch & Item["watch"];
  readonly trials?: SavedTrials & Item["trials"];
}

/** Whose order goes by what was learned. */
interface Learner {
  readonly ports: Pick<Ports, "table" | "clock" | "logger">;
  readonly forecasts: { readonly refresh: () => Promise<void> };
  readonly order: { readonly watch: ForecastWatch };
}

/**
 * What a process has learned of its forecasts, and need not learn again: the forecaster in force, what it says of tasks, and whether it is
 * worth following. Engines that live for one event share it; all of it only orders work, so nothing is wrong because it is old.
 */
export class Learned {
  /** Whether it is taken up from the table and stored there; otherwise it ends with the process. */
  readonly stored: boolean;
  model: Model | undefined;
  readonly tasks = new WeakMap<GraphTask, KnownTask>();
  readonly trials = new RankTrials();
  #watch: SavedWatch | undefined;
  #item: WatchItem | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor({ stored = false }: { readonly stored?: boolean } = {}) {
    this.stored = stored;
  }

  /** Takes up what is stored; reads two items a minute. What can't be read is done without. Where nothing is stored, the forecaster alone. */
  async recall({ ports, forecasts, order }: Learner): Promise<void> {
    if (!this.stored) return forecasts.refresh();
    const now = ports.clock.now();
    if (this.#watch) order.watch.restore(this.#watch);
    if (now - this.#readAt < FRESH_MS) return;
    this.#readAt = now;
    try {
      const [item] = await Promise.all([ports.table.get(keys.watch) as Promise<WatchItem | undefined>, forecasts.refresh()]);
      this.#item = item;
      if (item) order.watch.restore(item.watch);
      if (item?.trials) this.trials.restore(item.trials);
    } catch (error) {
      ports.logger.log("warn", "what was learned is not read", { error });
    }
  }

  /** Stores what came since; one write a minute at most, and none where nothing came. `last`: there is no later one. */
  async keep(learner: Learner, { last = false } = {}): Promise<void> {
    const { ports, order } = learner;
    const now = ports.clock.now();
    this.#watch = order.watch.save();
    if ((!this.#watch.news && !this.trials.news) || (now - this.#keptAt < FRESH_MS && !last)) return;
    this.#keptAt = now;
    if (this.#readAt === Number.NEGATIVE_INFINITY) await this.recall(learner);
    const watch = order.watch.save();
    const v = (this.#item?.v ?? 0) + 1;
    const item = { ...keys.watch, v, watch: { ...watch, news: false }, trials: this.trials.save() } as WatchItem;
    // What is added while this is being stored is news again.
    this.trials.news = false;
    try {
      await ports.table.put(item, { when: unchanged("learned.keep", this.#item) });
      [this.#item, this.#watch] = [item, item.watch];
      order.watch.news = false;
    } catch (error) {
      // Another process was faster: what it knows is taken up first.
      this.#readAt = Number.NEGATIVE_INFINITY;
      this.trials.news = true;
      if (!hasCode(error, "QMOI_CONFLICT")) ports.logger.log("warn", "what was learned is not stored", { error });
    }
  }
}
