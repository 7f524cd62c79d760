import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TargetCall, TargetResult, TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { aborted, codeOf, failed, invalid, isFailure, messageOf, readTarget } from "./failures.ts";
import { FunctionCall } from "./function-call.ts";
import { FunctionPool } from "./function-pool.ts";
import { runInline } from "./inline-function.ts";
import type { TaskFunction } from "./task-function.ts";

const functionSchema = z.object({ module: z.string().min(1), export: z.string().min(1).default("default") });

const INLINE = "inline:";

export interface FunctionTargetOptions {
  /** Folder that a relative `module` starts from. */
  readonly baseDir: string;
  /** Environment of the workers: the server's own, with its keys, is not for them. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Most idle workers kept warm; asked each time. */
  readonly size?: () => number;
  /** Milliseconds between the abort signal and the worker's end. */
  readonly graceMs?: number;
  /** Trusted functions run in the server's own thread as `inline:<name>`. */
  readonly inline?: ReadonlyMap<string, TaskFunction>;
  /** The built function-worker; by default the file of that name beside this one. */
  readonly workerUrl?: URL;
}

// The build makes the worker an entry of its own, and this its address there.
const defaultWorkerUrl = (): URL => new URL("./function-worker.ts", import.meta.url);

/**
 * Calls an exported function of the user's TypeScript or JavaScript in a warm worker thread. A memory cap holds for the worker's
 * heap and buffers. What a function starts and does not stop (timers, child processes) lives on in its worker.
 */
export class FunctionTarget implements TargetRunner {
  readonly type = "function";
  readonly #options: FunctionTargetOptions;
  #pool: FunctionPool | undefined;

  constructor(options: FunctionTargetOptions) {
    this.#options = options;
  }

  run(call: TargetCall): Promise<TargetResult> {
    const spec = readTarget(functionSchema, call);
    if (isFailure(spec)) return Promise.resolve(failed(spec));
    const graceMs = this.#options.graceMs ?? 2000;
    if (spec.module.startsWith(INLINE)) {
      const work = this.#options.inline?.get(spec.module.slice(INLINE.length));
      return work ? runInline(work, call, graceMs) : Promise.resolve(failed(invalid(`There is no function ${spec.module} here.`)));
    }
    if (call.signal.aborted) return Promise.resolve(failed(aborted(call)));
    try {
      const url = spec.module.startsWith("file:") ? new URL(spec.module) : pathToFileURL(resolve(this.#options.baseDir, spec.module));
      return new FunctionCall(this.#openPool(), call, graceMs).run({ module: url.href, export: spec.export });
    } catch (error) {
      return Promise.resolve(failed(invalid(`Can't call ${spec.module}: ${messageOf(error)}`, codeOf(error))));
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #openPool(): FunctionPool {
    const { baseEnv, size = () => 2, workerUrl = defaultWorkerUrl() } = this.#options;
    this.#pool ??= new FunctionPool({ env: baseEnv, size, workerUrl });
    return this.#pool;
  }
}
