import type { Failure, Json, ResourceUse, TargetCall, TargetResult } from "@qmoi/core";
import { aborted, codeOf, failed, failure } from "./failures.ts";
import type { FunctionPool, PoolWorker } from "./function-pool.ts";
import type { FromWorker, ToWorker } from "./function-protocol.ts";
import { thrownFailure } from "./thrown.ts";

const MEMORY_SAMPLE_MS = 250;

/** One call in one worker, from its message to its end. */
export class FunctionCall {
  readonly #pool: FunctionPool;
  readonly #worker: PoolWorker;
  readonly #call: TargetCall;
  readonly #graceMs: number;
  #peakBytes = 0;
  #overMemory = false;

  constructor(pool: FunctionPool, call: TargetCall, graceMs: number) {
    this.#pool = pool;
    this.#worker = pool.take(call.memoryBytes);
    this.#call = call;
    this.#graceMs = graceMs;
  }

  /** Sends the call before returning. */
  run(target: { module: string; export: string }): Promise<TargetResult> {
    const { run, task, attempt, idempotencyKey, input, signal } = this.#call;
    this.#post({ kind: "call", ...target, input, run, task, attempt, idempotencyKey });
    let terminate: NodeJS.Timeout | undefined;
    const abort = (): void => {
      this.#post({ kind: "abort", reason: signal.reason });
      terminate = setTimeout(() => void this.#pool.retire(this.#worker), this.#graceMs);
    };
    signal.addEventListener("abort", abort, { once: true });
    const sampling = setInterval(() => void this.#sample(), MEMORY_SAMPLE_MS);
    return this.#ended().then((result) => {
      signal.removeEventListener("abort", abort);
      clearTimeout(terminate);
      clearInterval(sampling);
      // A module that could not be loaded stays so in the thread that tried.
      const spoilt = !result.ok && result.failure.class === "invalid";
      if (spoilt) void this.#pool.retire(this.#worker);
      else this.#pool.give(this.#worker);
      return result;
    });
  }

  #post(message: ToWorker): void {
    this.#worker.thread.postMessage(message);
  }

  #ended(): Promise<TargetResult> {
    const thread = this.#worker.thread;
    return new Promise((resolve) => {
      const end = (result: TargetResult): void => {
        thread.off("message", onMessage).off("error", onError).off("exit", onExit);
        resolve(result);
      };
      const fail = (fallback: Failure, use: ResourceUse): void => end(failed(this.#stopped() ?? fallback, use));
      const onMessage = (message: FromWorker): void => {
        if (message.kind === "output") this.#call.output(message.stream, message.chunk);
        if (message.kind === "output" || message.kind === "heartbeat") this.#call.heartbeat();
        if (message.kind === "ended") end(this.#result(message));
      };
      const onError = (error: unknown): void => {
        const outOfMemory = codeOf(error) === "ERR_WORKER_OUT_OF_MEMORY";
        fail(outOfMemory ? this.#outOfMemory() : thrownFailure(error), this.#memory());
      };
      const onExit = (code: number): void => {
        fail(failure("exit", `exit ${code}`, `The function called process.exit(${code}). Return or throw instead.`), this.#memory());
      };
      thread.on("message", onMessage).on("error", onError).on("exit", onExit);
    });
  }

  #result(message: Extract<FromWorker, { kind: "ended" }>): TargetResult {
    const use = { ...message.use, ...this.#memory(message.use.peakMemoryBytes) };
    const reason = this.#stopped() ?? message.failure;
    if (reason) return failed(reason, use);
    return { ok: true, ...(message.output === undefined ? {} : { output: JSON.parse(message.output) as Json }), use };
  }

  /** Why this call was ended from outside, if it was: that outranks what the function made of it. */
  #stopped(): Failure | undefined {
    if (this.#overMemory) return this.#outOfMemory();
    return this.#call.signal.aborted ? aborted(this.#call) : undefined;
  }

  #outOfMemory(): Failure {
    const { task, memoryBytes } = this.#call;
    const cap = memoryBytes === undefined ? "the limit of a worker" : `its cap of ${memoryBytes} bytes`;
    return failure(
      "memory",
      "QMOI_TASK_FAILED",
      `The function of task ${task} used more memory than ${cap}. Raise resources.memory, or make it use less.`,
    );
  }

  #memory(last = 0): ResourceUse {
    const peakMemoryBytes = Math.max(this.#peakBytes, last);
    return peakMemoryBytes > 0 ? { peakMemoryBytes } : {};
  }

  /** Node before 24 can't look into a worker's heap from outside. */
  async #sample(): Promise<void> {
    try {
      const heap = await this.#worker.thread.getHeapStatistics?.();
      if (!heap) return;
      const bytes = heap.total_heap_size + heap.external_memory;
      this.#peakBytes = Math.max(this.#peakBytes, bytes);
      if (bytes <= (this.#call.memoryBytes ?? Number.POSITIVE_INFINITY)) return;
      this.#overMemory = true;
      await this.#pool.retire(this.#worker);
    } catch {
      // The worker is ending.
    }
  }
}
