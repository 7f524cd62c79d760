import type { ErrorClass, LogFields, TargetResult } from "@qmoi/core";
import { type AttemptItem, type AttemptKey, keys } from "./items.ts";
import type { Ports } from "./ports.ts";
import { failureOf } from "./prepare.ts";
import { isTransient, retrying } from "./retrying.ts";

/** Ends attempts under their tokens, as the store has them. */
export class AttemptEndings {
  readonly #ports: Pick<Ports, "table" | "blobs" | "clock" | "logger" | "settings">;
  readonly #ended: (attempt: AttemptKey, item: AttemptItem) => void;
  readonly #signal: AbortSignal | undefined;

  /** `ended`: told of each attempt that has ended, as it is stored; `signal`: aborts when what can't be written is given up. */
  constructor(ports: Ports, ended: (attempt: AttemptKey, item: AttemptItem) => void = () => undefined, signal?: AbortSignal) {
    [this.#ports, this.#ended, this.#signal] = [ports, ended, signal];
  }

  /** What the ending write keeps of an outcome; a large output goes to the blob store first. */
  stored(item: AttemptItem, outcome: TargetResult, once: boolean): Partial<AttemptItem> | Promise<Partial<AttemptItem>> {
    const use = outcome.use && Object.keys(outcome.use).length > 0 ? { u: outcome.use as AttemptItem["u"] } : {};
    if (!outcome.ok) {
      const unknown = once && UNKNOWN_OUTCOME.has(outcome.failure.class) ? { un: true } : {};
      if (outcome.failure.class === "cancelled") return { s: "cancelled", ...use, ...unknown };
      return { s: "failed", f: outcome.failure as AttemptItem["f"], ...use, ...unknown } as Partial<AttemptItem>;
    }
    if (outcome.output === undefined || outcome.output === null) return { s: "succeeded", ...use } as Partial<AttemptItem>;
    const text = JSON.stringify(outcome.output);
    if (Buffer.byteLength(text) <= this.#ports.settings().inlineOutputBytes)
      return { s: "succeeded", o: outcome.output, ...use } as Partial<AttemptItem>;
    return this.#storedApart(item, text, use);
  }

  async #storedApart(item: AttemptItem, text: string, use: Partial<AttemptItem>): Promise<Partial<AttemptItem>> {
    const { clock, blobs } = this.#ports;
    // By its token, too: after a restore another attempt may have its number.
    const blob = `outputs/${item.pk.split("#")[1]}/${item.sk.replace("#", "-")}-${item.tk.slice(0, 12)}.json`;
    const until = clock.monotonic() + Math.max(0, item.le - clock.now());
    try {
      await retrying(clock, until, () => blobs.put(blob, Buffer.from(text)), this.#signal);
    } catch (error) {
      return { s: "failed", f: failureOf(error) as AttemptItem["f"], ...use } as Partial<AttemptItem>;
    }
    return { s: "succeeded", ob: blob, ...use } as Partial<AttemptItem>;
  }

  /** Ends the attempt under its token. A refusal means that the lease was taken over: the outcome counts for nothing. */
  async end(attempt: AttemptKey, item: AttemptItem, end: Partial<AttemptItem>): Promise<void> {
    const { table, clock, logger, settings } = this.#ports;
    const now = clock.now();
    const ended = {
      ...item,
      ...end,
      v: item.v + 1,
      ea: Math.max(now, item.sa),
      ttl: Math.floor(now / 1000) + settings().historyDays * 86_400,
    } as AttemptItem;
    const until = clock.monotonic() + Math.max(0, item.le - now);
    try {
      let told = false;
      const write = (again: boolean) => {
        if (again && !told) logger.log("warn", "the store takes no writes: an attempt's end waits", namesOf(attempt));
        told ||= again;
        return table.put(ended, { when: { site: "attempt.end", equals: { tk: item.tk, s: "running" } }, stamp: "es" });
      };
      const { seq } = await retrying(clock, until, write, this.#signal);
      this.#ended(attempt, seq === null ? ended : { ...ended, es: seq });
    } catch (error) {
      logger.log("warn", "attempt not ended by its worker", { ...namesOf(attempt), error });
      await this.tell(attempt);
    }
  }

  /** The write was refused or has no answer: somebody ended the attempt, this worker perhaps. What can't be read now, the tick finds. */
  async tell(attempt: AttemptKey): Promise<void> {
    try {
      const stored = (await this.#ports.table.get(keys.attempt(attempt.run, attempt.task, attempt.attempt))) as AttemptItem | undefined;
      if (stored && stored.s !== "running") this.#ended(attempt, stored);
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
}

export const namesOf = ({ run, task, attempt }: AttemptKey): LogFields => ({ run, task, attempt });

/** After these, nobody knows whether the effect happened. */
const UNKNOWN_OUTCOME: ReadonlySet<ErrorClass> = new Set(["timeout", "heartbeat", "network", "memory", "cancelled", "lost"]);
