import { Worker } from "node:worker_threads";
import type { SimulateResult } from "@qmoi/simulator";
import type { Layout, SeedsResult, SeedsTask } from "./run-seeds.ts";

/** What a thread is told at its beginning. */
export interface ThreadData {
  readonly layout: Layout;
  /** It lives through one seed, at which somebody looks. */
  readonly alone: boolean;
}

/** A thread of one layout, which is in the code that it loads. What it has compiled serves all its tasks: the first hundred worlds cost twice as much. */
class SeedsThread {
  readonly layout: Layout;
  readonly #worker: Worker;
  readonly #died: Promise<never>;

  constructor(layout: Layout, alone: boolean) {
    this.layout = layout;
    this.#worker = new Worker(new URL("./seeds-worker.ts", import.meta.url), { workerData: { layout, alone } satisfies ThreadData });
    this.#died = new Promise((_, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", (code) => reject(new Error(`a thread of the simulation ended with ${code}`)));
    });
    this.#died.catch(() => undefined);
  }

  run(task: SeedsTask, progress: (seed: number) => void): Promise<SeedsResult> {
    const answer = new Promise<SeedsResult>((resolve) => {
      const heard = ({ done, result }: { done?: number; result?: SimulateResult }): void => {
        if (done !== undefined) progress(done);
        if (!result) return;
        this.#worker.off("message", heard);
        resolve(inLayout(result, task));
      };
      this.#worker.on("message", heard);
      this.#worker.postMessage(task);
    });
    return Promise.race([answer, this.#died]);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * Threads that live through seeds. A task goes to a thread of its layout that has nothing to do; `progress` hears of each seed.
 * Close them in the end.
 */
export class SeedsThreads {
  readonly #free: SeedsThread[];
  readonly #all: readonly SeedsThread[];
  #waiting: (() => void)[] = [];

  /** One thread for each of the layouts. `alone`: for one seed, at which somebody looks. */
  constructor(layouts: readonly Layout[], alone = false) {
    this.#all = layouts.map((layout) => new SeedsThread(layout, alone));
    this.#free = [...this.#all];
  }

  /** The tasks' results, in their order. */
  run<T extends SeedsTask>(
    tasks: readonly T[],
    progress: (seed: number) => void = () => undefined,
  ): Promise<readonly (readonly [task: T, result: SeedsResult])[]> {
    return Promise.all(
      tasks.map(async (task) => {
        const thread = await this.#take(task.layout);
        const result = await thread.run(task, progress);
        this.#free.push(thread);
        for (const look of this.#waiting.splice(0)) look();
        return [task, result] as const;
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }

  async #take(layout: Layout): Promise<SeedsThread> {
    for (;;) {
      const at = this.#free.findIndex((thread) => thread.layout === layout);
      if (at >= 0) return this.#free.splice(at, 1)[0] as SeedsThread;
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }
}

/** Cuts a range of seeds into tasks of at most so many: who is done with one takes the next. */
export const portions = <T extends SeedsTask>(task: T, most: number): T[] =>
  Array.from({ length: Math.ceil(task.seeds / most) }, (_, n) => ({
    ...task,
    from: task.from + n * most,
    seeds: Math.min(most, task.seeds - n * most),
  }));

const inLayout = (result: SimulateResult, { layout, functions = false }: SeedsTask): SeedsResult => ({
  ...result,
  violations: result.violations.map((one) => ({ ...one, layout, functions })),
});
