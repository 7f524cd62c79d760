import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { ERROR_CLASSES, type Failure, type ResourceUse, type TargetCall, type TargetResult, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { ProcessTable, readProcProcesses } from "../host/processes.ts";
import { CapturedOutput } from "./captured-output.ts";
import { resolveCommand, resolveFolder } from "./command.ts";
import { aborted, codeOf, failed, failure, invalid, isFailure, messageOf, readTarget } from "./failures.ts";
import { renderedText } from "./rendered-text.ts";
import type { ShimReport } from "./shim.ts";
import type { ShimLock } from "./shim-lock.ts";
import { ShimProcess } from "./shim-process.ts";
import { TaskFiles } from "./task-files.ts";
import { TreeSampler, type TreeWatch } from "./tree-sampler.ts";

const processSchema = z.object({
  command: z.string().min(1),
  args: z.array(renderedText).optional(),
  // Other names don't survive a shell.
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), renderedText).optional(),
  cwd: z.string().optional(),
  stdin: renderedText.optional(),
  exitCodes: z.record(z.string(), z.enum([...ERROR_CLASSES, "success"])).optional(),
  output: z.enum(["text", "json", "none"]).optional(),
});
type ProcessSpec = z.output<typeof processSchema>;

/** Linux takes 128 KB for one variable; a quarter leaves room for the others. */
const INPUT_IN_ENV_BYTES = 32 * 1024;

/** Of the server's environment, only what programs can't do without. */
export const minimalEnv = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(["PATH", "HOME", "LANG", "TMPDIR"].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

export interface ProcessTargetOptions {
  /** Environment under what a target declares (see minimalEnv). Nothing else is passed on. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Folder that a relative `cwd` starts from; the server's own otherwise. */
  readonly baseDir?: string;
  /** Held by every task process, so that a restarted server can prove that they are dead. */
  readonly lock?: ShimLock;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** POSIX shell of the shim. */
  readonly shell?: string;
}

/** One running attempt. */
interface Attempt {
  readonly call: TargetCall;
  readonly spec: ProcessSpec;
  readonly shim: ShimProcess;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly watch: TreeWatch | undefined;
  overMemory: boolean;
  /** Further groups to kill with the task's own. */
  escaped: () => Iterable<number>;
}

/**
 * Runs a command in a process group of its own, killed as a whole on timeout, cancel, too much memory, the server's death,
 * and when the command itself has ended. Its environment is what is declared, `baseEnv` and QMOI_RUN, QMOI_TASK, QMOI_ATTEMPT,
 * QMOI_IDEMPOTENCY_KEY and QMOI_INPUT (JSON) or, over 32 KB, QMOI_INPUT_FILE; some shells add PWD, SHLVL and `_`.
 */
export class ProcessTarget implements TargetRunner {
  readonly type = "process";
  readonly #options: ProcessTargetOptions;
  /** Made by the first run: many servers never run a process. */
  #files: TaskFiles | undefined;
  readonly #sampler = new TreeSampler();
  readonly #running = new Set<Attempt>();

  constructor(options: ProcessTargetOptions) {
    this.#options = options;
  }

  run(call: TargetCall): Promise<TargetResult> {
    const spec = readTarget(processSchema, call);
    if (isFailure(spec)) return Promise.resolve(failed(spec));
    if (call.signal.aborted) return Promise.resolve(failed(aborted(call)));
    let inputFile: string | undefined;
    const removeInput = (): void => {
      if (inputFile) rmSync(inputFile, { force: true });
    };
    try {
      this.#files ??= new TaskFiles(this.#options.lock);
      inputFile = join(this.#files.folder, `${randomUUID()}.json`);
      const attempt = this.#start(call, spec, this.#files, inputFile);
      if (!isFailure(attempt)) return this.#finish(attempt).finally(removeInput);
      removeInput();
      return Promise.resolve(failed(attempt));
    } catch (error) {
      removeInput();
      return Promise.resolve(failed(cannotStart(error)));
    }
  }

  /** Kills what still runs and removes this runner's files. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const attempt of running) end(attempt, "SIGKILL");
    await Promise.allSettled(running.map((attempt) => attempt.shim.ended));
    this.#files?.close();
    this.#files = undefined;
  }

  #start(call: TargetCall, spec: ProcessSpec, files: TaskFiles, inputFile: string): Attempt | Failure {
    const cwd = resolveFolder(this.#options.baseDir ?? process.cwd(), spec.cwd);
    if (isFailure(cwd)) return cwd;
    const env = { ...this.#options.baseEnv, ...spec.env, ...taskEnv(call, inputFile) };
    const file = resolveCommand(spec.command, cwd, env.PATH ?? "/usr/local/bin:/usr/bin:/bin");
    if (isFailure(file)) return file;
    const stdout = new CapturedOutput();
    const stderr = new CapturedOutput(4096);
    const output = (stream: "stdout" | "stderr", chunk: Uint8Array): void => {
      (stream === "stdout" ? stdout : stderr).push(chunk);
      call.heartbeat();
      call.output(stream, chunk);
    };
    const { lock, shell = "/bin/sh" } = this.#options;
    const shim = new ShimProcess({
      file,
      args: spec.args ?? [],
      env,
      cwd,
      stdin: spec.stdin,
      shell,
      pipes: files.pipes,
      folder: files.folder,
      lock: lock?.fd,
      output,
    });
    const watch = shim.pid === undefined ? undefined : this.#sampler.watch(shim.pid, (bytes) => capMemory(attempt, bytes));
    const attempt: Attempt = { call, spec, shim, stdout, stderr, watch, overMemory: false, escaped: () => [] };
    return attempt;
  }

  async #finish(attempt: Attempt): Promise<TargetResult> {
    const { call, shim, watch } = attempt;
    this.#running.add(attempt);
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      end(attempt, "SIGTERM");
      kill = setTimeout(() => shim.kill("SIGKILL"), this.#options.graceMs ?? 2000);
    };
    call.signal.addEventListener("abort", stop, { once: true });
    try {
      const report = await shim.ended;
      const use = { ...watch?.use(), ...usage(report) };
      return toResult(attempt, report, use);
    } catch (error) {
      return failed(cannotStart(error));
    } finally {
      call.signal.removeEventListener("abort", stop);
      clearTimeout(kill);
      watch?.stop();
      signalGroups(attempt.escaped(), "SIGKILL");
      this.#running.delete(attempt);
    }
  }
}

const taskEnv = (call: TargetCall, inputFile: string): Record<string, string> => {
  const input = JSON.stringify(call.input ?? null);
  const inEnv = Buffer.byteLength(input) <= INPUT_IN_ENV_BYTES;
  if (!inEnv) writeFileSync(inputFile, input, { mode: 0o600, flag: "wx" });
  return {
    QMOI_RUN: call.run,
    QMOI_TASK: call.task,
    QMOI_ATTEMPT: String(call.attempt),
    QMOI_IDEMPOTENCY_KEY: call.idempotencyKey,
    ...(inEnv ? { QMOI_INPUT: input } : { QMOI_INPUT_FILE: inputFile }),
  };
};

const capMemory = (attempt: Attempt, bytes: number): void => {
  const { memoryBytes } = attempt.call;
  if (memoryBytes === undefined || bytes <= memoryBytes) return;
  attempt.overMemory = true;
  end(attempt, "SIGKILL");
};

/** Signals the group and what has left it; what then still lives is killed when the group is dead. */
const end = (attempt: Attempt, signal: NodeJS.Signals): void => {
  attempt.escaped = findEscaped(attempt.shim);
  attempt.shim.kill(signal);
  signalGroups(attempt.escaped(), signal);
};

const signalGroups = (groups: Iterable<number>, signal: NodeJS.Signals): void => {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
};

/**
 * Groups of descendants that have left the task's own (setsid), found before that dies, because their parents lead to them. The
 * function returned gives those in which one of them still lives, known by its start time, so that no id can have been reused.
 * By group, since they may fork while they are looked at. Linux only; elsewhere the task's group is all.
 */
const findEscaped = (shim: ShimProcess): (() => Set<number>) => {
  const root = shim.pid;
  const tree = root === undefined ? [] : new ProcessTable(readProcProcesses()).tree(root);
  const escaped = tree.filter((entry) => entry.group !== root);
  return () => {
    if (escaped.length === 0) return new Set();
    const alive = new Map(readProcProcesses().map((entry) => [entry.pid, entry.started]));
    return new Set(escaped.filter((entry) => alive.get(entry.pid) === entry.started).map((entry) => entry.group));
  };
};

const usage = (report: ShimReport | undefined): ResourceUse => ({
  ...(report?.cpuSeconds === undefined ? {} : { cpuSeconds: report.cpuSeconds }),
  ...(report?.bytesWritten === undefined ? {} : { bytesWritten: report.bytesWritten }),
});

const cannotStart = (error: unknown): Failure => {
  const code = codeOf(error) ?? "QMOI_INTERNAL";
  const message = `The process could not be started: ${messageOf(error)}`;
  // The host is out of processes, files or memory for now; anything else is the definition's fault.
  const busy = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC"].includes(code);
  return busy ? failure("unavailable", code, message) : invalid(message, code);
};

const signalName = (exitCode: number): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];

const toResult = (attempt: Attempt, report: ShimReport | undefined, use: ResourceUse): TargetResult => {
  const { call, spec, stdout, stderr } = attempt;
  if (attempt.overMemory) return failed(outOfMemory(call, use), use);
  if (call.signal.aborted) return failed(aborted(call), use);
  // Without a report the whole group was killed from outside, and only SIGKILL does that.
  const exitCode = report?.exitCode ?? 137;
  const kind = spec.exitCodes?.[exitCode] ?? (exitCode === 0 ? "success" : "exit");
  if (kind === "success") {
    const output = stdout.toOutput(spec.output);
    return { ok: true, ...(output === undefined ? {} : { output }), use };
  }
  const peaked = call.memoryBytes !== undefined && (use.peakMemoryBytes ?? 0) >= call.memoryBytes;
  if (exitCode === 137 && peaked) return failed(outOfMemory(call, use), use);
  const name = exitCode > 128 ? signalName(exitCode) : undefined;
  const last = stderr.lastLine();
  const message = `${spec.command} ended with exit code ${exitCode}${name ? ` (${name})` : ""}${last ? `: ${last}` : "."}`;
  return failed(failure(kind, `exit ${exitCode}`, message), use);
};

const outOfMemory = (call: TargetCall, use: ResourceUse): Failure =>
  failure(
    "memory",
    "QMOI_TASK_FAILED",
    `Task ${call.task} used ${use.peakMemoryBytes} bytes of memory; its cap is ${call.memoryBytes}. Raise resources.memory, or make it use less.`,
  );
