import { type ErrorClass, type Json, LATER, type TargetCall, type TargetResult, type TargetRunner } from "@qmoi/core";
import type { SeededRandom } from "../random.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

/** What the work of one task does when nothing goes wrong around it. */
export interface Profile {
  /** Duration in ms, from and to. */
  readonly ms: readonly [number, number];
  /** How many attempts fail before one succeeds, and with which class. */
  readonly failures: number;
  readonly failsWith: ErrorClass;
  readonly retryAfterMs?: number;
  readonly output: Json;
  /** Gives a sign of life so often, in ms. */
  readonly beatMs?: number;
}

/** One effect: what a target was really asked to do, and what it said. Times are the world's. */
export interface Effect {
  readonly life: Life;
  readonly call: TargetCall;
  readonly began: number;
  ended?: number;
  said?: TargetResult;
  /** Why it was told to stop, and whether it did. */
  aborted?: string;
  ignoresAbort: boolean;
  /** It goes on elsewhere, whatever becomes of who began it. */
  elsewhere?: boolean;
  /** It has something to say, which is captured. */
  readonly talks: boolean;
}

export interface ExecutorsParts {
  readonly world: World;
  readonly faults: Faults;
  readonly random: SeededRandom;
  readonly profile: (run: string, task: string) => Profile;
  readonly began: (effect: Effect) => void;
  readonly ended: (effect: Effect) => void;
  /** Work that went on elsewhere says what became of it; where it is absent, none does. */
  readonly told?: (effect: Effect, result: TargetResult) => void;
}

/** How much of the work goes on elsewhere, where it can. */
const ELSEWHERE = 0.2;
/** How much of the work says something, and what. */
const TALKS = 0.2;
const SAID = Buffer.from("working\n");
const OBEYS_MS = 300;
const CLASSES: readonly ErrorClass[] = ["exit", "exception", "memory", "network", "throttled", "http", "unavailable"];

type Answer = (result: TargetResult) => void;

/** The outside world in which effects happen: work that takes its time, fails, hangs, lies, and outlives who asked for it. */
export class Executors {
  readonly running = new Set<Effect>();
  readonly #parts: ExecutorsParts;

  constructor(parts: ExecutorsParts) {
    this.#parts = parts;
  }

  /** The runner of one process for one kind of target. */
  runner(type: string, life: Life): TargetRunner {
    return { type, run: (call) => this.#run(life, call) };
  }

  /** What a crash does to the work of a process: it is killed with it, or lingers and ends by itself. */
  died(life: Life): void {
    const { world, faults } = this.#parts;
    const own = [...this.running].filter((effect) => effect.life === life && !effect.elsewhere);
    const lingers = own.length > 0 && faults.happens("lingers");
    for (const effect of own) {
      // What lingers is ended by its platform when its time is up, since nobody is left to abort it.
      const left = effect.began + effect.call.timeoutMs - world.now;
      if (!lingers) this.#end(effect);
      else world.after(left, undefined, () => effect.ended === undefined && this.#end(effect));
    }
  }

  /** Whether nothing that this worker began goes on. */
  isQuiet(worker: string): boolean {
    for (const effect of this.running) if (effect.life.id === worker) return false;
    return true;
  }

  #run(life: Life, call: TargetCall): Promise<TargetResult | typeof LATER> {
    const { world, faults, profile, began } = this.#parts;
    const own = this.#parts.random.fork(`${call.run}/${call.task}/${call.attempt}`);
    const effect: Effect = { life, call, began: world.now, ignoresAbort: false, talks: own.fork("talks").chance(TALKS) };
    this.running.add(effect);
    began(effect);
    if (effect.talks) call.output("stdout", SAID);
    const known = profile(call.run, call.task);
    const result = this.#result(call, known, own);
    const ms = Math.min(own.between(...known.ms), call.timeoutMs);
    if (this.#parts.told && own.chance(ELSEWHERE)) return this.#elsewhere(effect, result, ms);
    if (faults.happens("executor-twice")) return this.#twice(effect, result, ms);
    return new Promise((resolve) => {
      const answer: Answer = (said) => {
        if (effect.ended === undefined) this.#end(effect, said);
        life.wakes("answer", () => resolve(said));
      };
      if (known.beatMs !== undefined) this.#beat(effect, known.beatMs);
      if (faults.happens("executor-hangs"))
        this.#onAbort(effect, () => world.after(own.between(0, OBEYS_MS), undefined, () => answer(cancelled)));
      else if (faults.happens("executor-late")) this.#late(effect, own, answer, result);
      else if (faults.happens("executor-lies"))
        this.#onAbort(effect, () => world.after(own.between(0, 9_000), undefined, () => answer({ ok: true, output: known.output })));
      else this.#obedient(effect, ms, own, answer, result);
    });
  }

  #result(call: TargetCall, known: Profile, own: SeededRandom): TargetResult {
    const { faults } = this.#parts;
    const fails = faults.happens("executor-fails");
    if (!fails && call.attempt > known.failures) return { ok: true, output: known.output, use: { cpuSeconds: 0.01, peakMemoryBytes: 1e6 } };
    const failure = { class: fails ? own.pick(CLASSES) : known.failsWith, code: "SIM", message: "simulated failure" };
    return { ok: false, failure: known.retryAfterMs === undefined ? failure : { ...failure, retryAfterMs: known.retryAfterMs } };
  }

  /** Its platform does the work, and ends it when its time is up. */
  async #elsewhere(effect: Effect, result: TargetResult, ms: number): Promise<typeof LATER> {
    effect.elsewhere = true;
    this.#parts.world.after(ms, undefined, () => {
      this.#end(effect, result);
      this.#parts.told?.(effect, result);
    });
    return LATER;
  }

  #obedient(effect: Effect, ms: number, own: SeededRandom, answer: Answer, result: TargetResult): void {
    const { world } = this.#parts;
    const cancel = world.after(ms, undefined, () => answer(result));
    this.#onAbort(effect, () => {
      cancel();
      world.after(own.between(0, OBEYS_MS), undefined, () => answer(cancelled));
    });
  }

  /** Comes back long after it was told to stop, or never. */
  #late(effect: Effect, own: SeededRandom, answer: Answer, result: TargetResult): void {
    effect.ignoresAbort = true;
    if (own.chance(0.3)) return;
    this.#onAbort(effect, () => this.#parts.world.after(own.between(8_000, 60_000), undefined, () => answer(result)));
  }

  /** Answers twice, the second time with the contrary. */
  #twice(effect: Effect, result: TargetResult, ms: number): Promise<TargetResult> {
    const { world } = this.#parts;
    const contrary: TargetResult = result.ok ? cancelled : { ok: true, output: "second answer" };
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: a promise that breaks its contract is what is simulated.
      then: (take: Answer) => {
        world.after(ms, undefined, () => {
          if (effect.ended !== undefined) return;
          this.#end(effect, result);
          take(result);
          world.after(5, undefined, () => take(contrary));
        });
      },
    };
    return twice as unknown as Promise<TargetResult>;
  }

  #beat(effect: Effect, ms: number): void {
    const { world, faults } = this.#parts;
    if (faults.happens("executor-silent")) return;
    const beat = (): void => {
      if (effect.ended !== undefined) return;
      if (effect.life.alive) effect.call.heartbeat();
      world.after(ms, undefined, beat);
    };
    beat();
  }

  #onAbort(effect: Effect, then: () => void): void {
    const { signal } = effect.call;
    const stop = (): void => {
      effect.aborted = String(signal.reason);
      then();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  }

  #end(effect: Effect, said?: TargetResult): void {
    effect.ended = this.#parts.world.now;
    if (said) effect.said = said;
    this.running.delete(effect);
    this.#parts.ended(effect);
  }
}

const cancelled: TargetResult = { ok: false, failure: { class: "cancelled", code: "SIM", message: "told to stop" } };
