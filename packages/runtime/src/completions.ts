import { ABORTED, CANCELLED, type TargetResult, type TaskLogChunk } from "@qmoi/core";
import { AttemptEndings } from "./attempt-endings.ts";
import { type AttemptItem, keys } from "./items.ts";
import type { Ports } from "./ports.ts";
import { Readings } from "./readings.ts";
import { isStopped } from "./stop-elsewhere.ts";
import { underEpoch } from "./under-epoch.ts";

/** Ends attempts whose work went on elsewhere, for one invocation of a function: what it ends, the table's stream tells the decider. */
export class Completions {
  readonly #ports: Ports;
  readonly #readings: Readings;
  readonly #endings: AttemptEndings;

  constructor(given: Ports) {
    const ports = underEpoch(given, () => this.#readings.epoch);
    [this.#ports, this.#readings, this.#endings] = [ports, new Readings(ports), new AttemptEndings(ports)];
  }

  /**
   * Ends an attempt whose work went on elsewhere, with the output that was captured there. False: it has ended already, or the token is not
   * its own.
   */
  async complete(token: string, outcome: TargetResult, output: readonly TaskLogChunk[] = []): Promise<boolean> {
    const { table, logs, logger } = this.#ports;
    const [run = "", task, attempt, own] = token.split("/");
    const at = { run, task: Number(task), attempt: Number(attempt) };
    const item = (await table.get(keys.attempt(run, at.task, at.attempt))) as AttemptItem | undefined;
    if (item?.s !== "running" || item.tk !== own) return false;
    const key = `${run}/${task}/${attempt}`;
    for (const chunk of output) logs.append(key, chunk);
    if (output.length > 0)
      await logs.flush(key).catch((error: unknown) => logger.log("warn", "captured output not stored", { ...at, error }));
    // Told to end by this program, if it is to end; else by a person, elsewhere.
    const cancelled = !outcome.ok && outcome.failure.code === ABORTED && isStopped(await this.#readings.fresh(run, 0));
    const end = await this.#endings.stored(item, cancelled ? { ok: false, failure: CANCELLED } : outcome, item.bg === true);
    await this.#endings.end(at, item, end);
    return true;
  }
}
