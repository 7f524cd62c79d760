// The entry of a function worker: loads the user's module and runs its function, one call at a time. A build bundles this
// file on its own; see FunctionTargetOptions.workerUrl.
import { readFileSync, statSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { getHeapStatistics } from "node:v8";
import { parentPort } from "node:worker_threads";
import type { Failure, ResourceUse } from "@qmoi/core";
import type { FromWorker, ToWorker } from "./function-protocol.ts";
import type { TaskFunction, TaskLogger } from "./task-function.ts";
import { loadFailure, thrownFailure } from "./thrown.ts";

type Call = Extract<ToWorker, { kind: "call" }>;
type Output = Extract<FromWorker, { kind: "output" }>;

const port = parentPort;
if (!port) throw new Error("function-worker runs only as a worker thread");
const send = (message: FromWorker): void => port.postMessage(message);

const HEARTBEAT_MS = 100;
const encoder = new TextEncoder();

/** Output goes the way of the results, so that none arrives after the end of its call. */
const redirect = (stream: NodeJS.WriteStream, name: Output["stream"]): void => {
  stream.write = ((chunk: string | Uint8Array, encoding?: BufferEncoding | (() => void), done?: () => void): boolean => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8") : chunk;
    send({ kind: "output", stream: name, chunk: Uint8Array.from(bytes) });
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) queueMicrotask(callback);
    return true;
  }) as typeof stream.write;
};

/** Tells the pool which files this worker's modules come from, so that it notices a change. */
const watchLoads = (): void => {
  registerHooks({
    load(url, context, next) {
      // Node strips no types under node_modules, where the example lies once QMOI is installed.
      if (url.startsWith("file:") && url.includes("/node_modules/") && url.endsWith(".ts")) {
        return { format: "module", source: stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8")), shortCircuit: true };
      }
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        const path = fileURLToPath(url);
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats) send({ kind: "loaded", file: { path, mtimeMs: stats.mtimeMs, size: stats.size } });
      }
      return next(url, context);
    },
  });
};

const line = (level: keyof TaskLogger, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  const time = new Date().toISOString();
  let text: string;
  try {
    text = JSON.stringify({ time, level, message, ...fields });
  } catch {
    text = JSON.stringify({ time, level, message, fields: "not serializable as JSON" });
  }
  send({ kind: "output", stream: "log", chunk: encoder.encode(`${text}\n`) });
};

const logger: TaskLogger = {
  debug: (message, fields) => line("debug", message, fields),
  info: (message, fields) => line("info", message, fields),
  warn: (message, fields) => line("warn", message, fields),
  error: (message, fields) => line("error", message, fields),
};

let beat = Number.NEGATIVE_INFINITY;
const heartbeat = (): void => {
  const now = performance.now();
  if (now - beat < HEARTBEAT_MS) return;
  beat = now;
  send({ kind: "heartbeat" });
};

/** The function to call, or why there is none. */
const load = async (call: Call): Promise<TaskFunction | Failure> => {
  let module: Record<string, unknown>;
  try {
    module = (await import(call.module)) as Record<string, unknown>;
  } catch (error) {
    return loadFailure(call.module, error);
  }
  const found = module[call.export];
  if (typeof found === "function") return found as TaskFunction;
  const functions = Object.keys(module).filter((name) => typeof module[name] === "function");
  const message = `${call.module} exports no function ${call.export}; it exports ${functions.join(", ") || "none"}.`;
  return { class: "invalid", code: "QMOI_INVALID_WORKFLOW", message };
};

const execute = async (call: Call, signal: AbortSignal): Promise<{ output?: string | undefined; failure?: Failure }> => {
  const work = await load(call);
  if (typeof work !== "function") return { failure: work };
  const { run, task, attempt, idempotencyKey } = call;
  let output: unknown;
  try {
    output = await work(call.input, { run, task, attempt, idempotencyKey, logger, heartbeat, signal });
  } catch (error) {
    if (error instanceof Error) line("error", error.message, { stack: error.stack });
    return { failure: thrownFailure(error) };
  }
  try {
    return { output: JSON.stringify(output) };
  } catch (error) {
    const message = `What ${call.export} returned is not JSON: ${thrownFailure(error).message}`;
    return { failure: { class: "invalid", code: "QMOI_INVALID_INPUT", message } };
  }
};

/** Node before 23.9 can't tell a thread's processor time. */
const cpuSeconds = (): number | undefined => {
  const usage = process.threadCpuUsage?.();
  return usage && (usage.user + usage.system) / 1e6;
};

const use = (before: number | undefined): ResourceUse => {
  const after = cpuSeconds();
  const heap = getHeapStatistics();
  return {
    peakMemoryBytes: heap.total_heap_size + heap.external_memory,
    ...(before === undefined || after === undefined ? {} : { cpuSeconds: after - before }),
  };
};

let current: AbortController | undefined;

const answer = async (call: Call): Promise<void> => {
  const before = cpuSeconds();
  const controller = new AbortController();
  current = controller;
  beat = Number.NEGATIVE_INFINITY;
  const result = await execute(call, controller.signal);
  current = undefined;
  send({ kind: "ended", ...result, use: use(before) });
};

redirect(process.stdout, "stdout");
redirect(process.stderr, "stderr");
watchLoads();
port.on("message", (message: ToWorker) => {
  if (message.kind === "call") void answer(message);
  else current?.abort(message.reason);
});
