import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Json, TargetCall, TargetResult } from "@qmoi/core";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { builtFile } from "../../../../test/support/built-package.ts";
import { FunctionTarget } from "./function-target.ts";
import type { TaskFunction } from "./task-function.ts";
import { testCall, until } from "./testing/calls.ts";
import { temporaryFolder } from "./testing/folders.ts";
import { thrownFailure } from "./thrown.ts";

const folder = temporaryFolder();
const inline = new Map<string, TaskFunction>();
// As it is shipped: a thread that loads the sources first takes their types out of them.
const workerUrl = pathToFileURL(builtFile("dist/function-worker.js"));
const target = new FunctionTarget({ baseDir: folder, baseEnv: { GREETING: "hi" }, graceMs: 200, inline, workerUrl });
afterAll(() => target.close());

let files = 0;
/** Writes a module and gives its name. */
const module = (source: string, name = `m${files++}.ts`): string => {
  writeFileSync(join(folder, name), source);
  return name;
};
const definition = (source: string, name?: string) => ({ type: "function", module: module(source, name) });
const run = (of: TargetCall["target"], input: Json = null, more: Partial<TargetCall> = {}) => target.run(testCall(of, input, more).call);

const outputOf = (result: TargetResult): unknown => (result.ok ? result.output : result.failure);

describe("FunctionTarget", () => {
  it("calls the user's TypeScript with input and context", async () => {
    const source = `
      type Input = { readonly n: number };
      export default async (input: Input, context: any): Promise<unknown> => {
        const { run, task, attempt, idempotencyKey, signal } = context;
        return { double: input.n * 2, run, task, attempt, idempotencyKey, aborted: signal.aborted };
      };`;
    const output = { double: 42, run: "r1", task: "t1", attempt: 2, idempotencyKey: "r1/t1", aborted: false };
    expect(await run(definition(source), { n: 21 })).toMatchObject({ ok: true, output });
  });

  it("takes a named export, JavaScript, a file URL, and a function without output", async () => {
    const name = module("exports.add = ([a, b]) => a + b; exports.nothing = () => {};", "sums.cjs");
    expect(await run({ type: "function", module: name, export: "add" }, [2, 3])).toMatchObject({ ok: true, output: 5 });
    const url = pathToFileURL(join(folder, name)).href;
    expect(await run({ type: "function", module: url, export: "nothing" })).not.toHaveProperty("output");
  });

  it("passes log lines, console output and heartbeats, all before the result", async () => {
    const source = `export default (_: unknown, { logger, heartbeat }: any) => {
      logger.info("loaded", { rows: 3 });
      logger.debug("odd", { n: 1n });
      console.log("to stdout");
      console.error("to stderr");
      heartbeat();
      return "done";
    };`;
    const { call, text, heartbeats } = testCall(definition(source));
    expect(await target.run(call)).toMatchObject({ output: "done" });
    const lines = text("log")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ level: "info", message: "loaded", rows: 3, time: expect.stringMatching(/Z$/) });
    expect(lines[1]).toMatchObject({ level: "debug", message: "odd", fields: "not serializable as JSON" });
    expect([text("stdout"), text("stderr")]).toEqual(["to stdout\n", "to stderr\n"]);
    expect(heartbeats()).toBe(5);
  });

  it("gives the worker no environment but the base", async () => {
    expect(await run(definition("export default () => process.env;"))).toMatchObject({ ok: true, output: { GREETING: "hi" } });
    expect(await run(definition("export default () => Object.keys(process.env);"))).toMatchObject({ output: ["GREETING"] });
  });

  it("turns what is thrown into a failure, with its own class if it has one", async () => {
    const failing = (statement: string) => run(definition(`export default async () => { ${statement} };`));
    expect(await failing("throw new TypeError('no rows')")).toMatchObject({
      ok: false,
      failure: { class: "exception", code: "TypeError", message: "no rows" },
    });
    expect(await failing("throw Object.assign(new Error('slow down'), { errorClass: 'throttled', code: 'E42' })")).toMatchObject({
      failure: { class: "throttled", code: "E42", message: "slow down" },
    });
    expect(await failing("throw 'text'")).toMatchObject({ failure: { class: "exception", message: "text" } });
    expect(await failing("throw Object.assign(new Error('x'), { errorClass: 'nonsense' })")).toMatchObject({
      failure: { class: "exception" },
    });
    expect(await failing("setImmediate(() => { throw new Error('elsewhere') }); await new Promise(() => {})")).toMatchObject({
      failure: { class: "exception", message: "elsewhere" },
    });
    expect(await failing("Promise.reject(new Error('unawaited')); await new Promise(() => {})")).toMatchObject({
      failure: { class: "exception", message: "unawaited" },
    });
    expect(await failing("process.exit(3)")).toMatchObject({ failure: { class: "exit", code: "exit 3" } });
  });

  it("writes the stack of what is thrown to the log", async () => {
    const { call, text } = testCall(definition("export default function broken() { throw new Error('no rows'); }", "broken.ts"));
    await target.run(call);
    expect(text("log")).toMatch(/broken\.ts:1/);
  });

  it("calls invalid what another try can't mend", async () => {
    const code = async (of: TargetCall["target"]) => {
      const result = await run(of);
      return result.ok ? "ok" : `${result.failure.class} ${result.failure.code}`;
    };
    expect(await code({ type: "function", module: "absent.ts" })).toBe("invalid ERR_MODULE_NOT_FOUND");
    expect(await code(definition("export default () => {"))).toMatch(/^invalid /);
    expect(await code(definition("export default () => { return 1 1 }", "bad.mjs"))).toMatch(/^invalid /);
    expect(await code(definition("import './absent.ts'; export default () => 1;"))).toBe("invalid ERR_MODULE_NOT_FOUND");
    expect(await code(definition("export enum A { B } export default () => 1;"))).toBe("invalid ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX");
    expect(await code(definition("export const other = () => 1;"))).toBe("invalid QMOI_INVALID_WORKFLOW");
    expect(await code(definition("export default () => 1n;"))).toBe("invalid QMOI_INVALID_INPUT");
    expect(await code({ type: "function", module: "inline:absent" })).toBe("invalid QMOI_INVALID_WORKFLOW");
    expect(await code({ type: "function" })).toBe("invalid QMOI_INVALID_WORKFLOW");
    expect(await code(definition("throw new Error('at load'); export default () => 1;"))).toBe("exception Error");
  });

  it("finds a module that has been added or mended since", async () => {
    expect(await run({ type: "function", module: "later.ts" })).toMatchObject({ ok: false });
    expect(await run(definition("export default () => {", "later.ts"))).toMatchObject({ ok: false });
    expect(await run(definition("export default () => 7;", "later.ts"))).toMatchObject({ ok: true, output: 7 });
    const importing = definition("import { value } from './missing.ts'; export default () => value;");
    const requiring = definition("const { value } = require('./missing.cjs'); module.exports = () => value;", "requires.cjs");
    for (const of of [importing, requiring]) expect(await run(of)).toMatchObject({ ok: false, failure: { class: "invalid" } });
    module("export const value = 8;", "missing.ts");
    module("exports.value = 9;", "missing.cjs");
    expect(await run(importing)).toMatchObject({ ok: true, output: 8 });
    expect(await run(requiring)).toMatchObject({ ok: true, output: 9 });
  });

  it("keeps a worker and its modules warm", async () => {
    const of = definition("import { threadId } from 'node:worker_threads'; let n = 0; export default () => [threadId, ++n];");
    const [thread, calls] = outputOf(await run(of)) as [number, number];
    expect(await run(of)).toMatchObject({ output: [thread, calls + 1] });
  });

  it("loads a module anew when it or one it imports has changed on disk", async () => {
    module("export const value = 1;", "helper.ts");
    const of = definition("import { value } from './helper.ts'; export default () => value;", "uses-helper.ts");
    expect(await run(of)).toMatchObject({ output: 1 });
    module("export const value = 2;", "helper.ts");
    utimesSync(join(folder, "helper.ts"), 1, 1);
    expect(await run(of)).toMatchObject({ output: 2 });
    module("export default () => 'new';", "uses-helper.ts");
    expect(await run(of)).toMatchObject({ output: "new" });
    rmSync(join(folder, "uses-helper.ts"));
    expect(await run(of)).toMatchObject({ ok: false, failure: { class: "invalid" } });
  });

  it("runs calls side by side, and keeps no more workers than its size", async () => {
    const small = new FunctionTarget({ baseDir: folder, baseEnv: {}, size: () => 2 });
    const of = definition(`import { threadId } from "node:worker_threads";
      export default async () => { await new Promise((done) => setTimeout(done, 200)); return threadId; };`);
    const threads = async () => {
      const results = await Promise.all(Array.from({ length: 4 }, () => small.run(testCall(of).call)));
      return results.map(outputOf);
    };
    const first = await threads();
    const second = await threads();
    expect([new Set(first).size, new Set(second).size]).toEqual([4, 4]);
    expect(second.filter((thread) => first.includes(thread))).toHaveLength(2);
    await small.close();
  });

  it("aborts by the signal first", async () => {
    const source = `export default (_: unknown, { signal, heartbeat, logger }: any) => new Promise((resolve, reject) => {
      logger.info("waiting");
      signal.addEventListener("abort", () => { logger.info(String(signal.reason)); reject(new Error("stopped")); });
    });`;
    const { call, text, abort } = testCall(definition(source));
    const result = target.run(call);
    await until(() => text("log").includes("waiting"));
    abort("timeout");
    expect(await result).toMatchObject({ ok: false, failure: { class: "timeout", code: "QMOI_TASK_TIMEOUT" } });
    expect(text("log")).toContain('"message":"timeout"');
  });

  it("terminates a function that ignores the signal, even in an endless loop", async () => {
    const { call, text, abort } = testCall(definition("export default () => { console.log('on'); while (true); };"));
    const result = target.run(call);
    await until(() => text("stdout") === "on\n");
    abort("cancelled");
    expect(await result).toMatchObject({ failure: { class: "cancelled" } });
    expect(await run(definition("export default () => 1;"))).toMatchObject({ ok: true });
  });

  it("ends what goes over its memory cap, on the heap and in buffers", async () => {
    const heap = "export default () => { const held = []; while (true) held.push(new Array(1e4).fill({})); };";
    expect(await run(definition(heap), null, { memoryBytes: 48e6 })).toMatchObject({ ok: false, failure: { class: "memory" } });
    const buffers =
      "export default async () => { globalThis.held = Buffer.alloc(2e8, 1); await new Promise((r) => setTimeout(r, 60_000)); };";
    expect(await run(definition(buffers), null, { memoryBytes: 100e6 })).toMatchObject({ failure: { class: "memory" } });
  });

  it("measures processor time and memory", async () => {
    const source = `export default () => {
      const held = Buffer.alloc(5e7, 1);
      const end = performance.now() + 100;
      while (performance.now() < end);
      return held.length;
    };`;
    const { use } = await run(definition(source));
    expect(use?.peakMemoryBytes).toBeGreaterThan(5e7);
    expect(use?.cpuSeconds).toBeGreaterThan(0);
  });

  it("ends all workers when it is closed", async () => {
    const closing = new FunctionTarget({ baseDir: folder, baseEnv: {} });
    const { call, text } = testCall(definition("export default () => { console.log('on'); while (true); };"));
    const result = closing.run(call);
    await until(() => text("stdout") === "on\n");
    await closing.close();
    expect(await result).toMatchObject({ ok: false });
  });

  it("works from a bundle", { timeout: 30_000 }, async () => {
    const source = (name: string) => join(import.meta.dirname, name);
    const options = { bundle: true, platform: "node", format: "esm", outdir: join(folder, "dist"), logLevel: "error" } as const;
    await build({ ...options, entryPoints: [source("function-target.ts"), source("function-worker.ts")] });
    const bundled = (await import(pathToFileURL(join(folder, "dist", "function-target.js")).href)) as {
      FunctionTarget: typeof FunctionTarget;
    };
    const workerUrl = pathToFileURL(join(folder, "dist", "function-worker.js"));
    const built = new bundled.FunctionTarget({ baseDir: folder, baseEnv: {}, workerUrl });
    expect(await built.run(testCall(definition("export default (n: number) => n + 1;"), 1).call)).toMatchObject({ ok: true, output: 2 });
    await built.close();
  });
});

describe("inline functions", () => {
  it("are called at once, in this thread", async () => {
    let entered = false;
    inline.set("echo", (input) => {
      entered = true;
      return { input };
    });
    const result = run({ type: "function", module: "inline:echo" }, [1]);
    expect(entered).toBe(true);
    expect(await result).toEqual({ ok: true, output: { input: [1] } });
  });

  it("fail, log and abort like others", async () => {
    inline.set("fails", (_, { logger }) => {
      logger.warn("about to fail", { n: 1 });
      throw Object.assign(new Error("down"), { errorClass: "unavailable" });
    });
    const failing = testCall({ type: "function", module: "inline:fails" });
    expect(await target.run(failing.call)).toMatchObject({ failure: { class: "unavailable", message: "down" } });
    expect(JSON.parse(failing.text("log"))).toMatchObject({ level: "warn", n: 1 });
    inline.set("hangs", () => new Promise(() => undefined));
    const hanging = testCall({ type: "function", module: "inline:hangs" });
    const result = target.run(hanging.call);
    hanging.abort("timeout");
    expect(await result).toMatchObject({ failure: { class: "timeout" } });
  });
});

describe("thrownFailure", () => {
  it("gives a failure for anything at all", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (thrown) => {
        const failure = thrownFailure(thrown);
        expect([typeof failure.class, typeof failure.code, typeof failure.message]).toEqual(["string", "string", "string"]);
      }),
    );
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    expect(thrownFailure(hostile)).toMatchObject({ class: "exception" });
  });
});
