import { MemoryTable } from "@qmoi/adapters";
import { EmfMetrics, functionLogger } from "@qmoi/adapters/aws";
import { MODULES } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Change, type Json, METRICS, type Query } from "@qmoi/core";
import { openMaster } from "@qmoi/local";
import {
  AuditLog,
  AuditReader,
  createControlPlane,
  Definitions,
  Engine,
  type Hint,
  Invocation,
  keys,
  Modules,
  type Ports,
  Providers,
  WorkInvocation,
} from "@qmoi/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bareEngine } from "../support/bare-engine.ts";
import { moduleThat } from "../support/master-lab.ts";

const KEY = Buffer.alloc(32, 1);
/** A metric is paid for while it is told: so many may be at rest. */
const MOST_AT_REST = 8;
/** In all, so many are free of charge. */
const MOST = 10;
/** Bytes of log that a task may cost where all goes well. */
const MOST_BYTES = 300;

let written: string;
beforeEach(() => {
  written = "";
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written += String(text);
      return true;
    });
});
afterEach(() => void vi.restoreAllMocks());

/** What functions write in AWS, over a table in memory. */
const functions = (work: () => Promise<{ ok: true } | { ok: false; failure: { class: "exception"; code: string; message: string } }>) => {
  const table = new MemoryTable();
  const hints: Hint[] = [];
  const metrics = new EmfMetrics("qmoi-test");
  const ports: Ports = {
    ...bareEngine(table, work).engine.ports,
    hints: { send: async (sent) => void hints.push(...sent), consume: () => () => undefined },
    logger: functionLogger("info"),
    metrics,
  };
  const invocation = (): Invocation => new Invocation(ports, { id: "f", later: async () => undefined });
  const definitions = new Definitions(ports.blobs);
  const working = (): WorkInvocation => new WorkInvocation(ports, { id: "f", definitions });
  /** Bytes that one call of a function writes. */
  const bytesOf = async (call: () => Promise<unknown>): Promise<number> => {
    written = "";
    await call();
    await metrics.flush();
    return Buffer.byteLength(written);
  };
  return { table, ports, hints, metrics, invocation, working, bytesOf };
};

/** By namespace, name and dimension: what was told, lines together. */
const metricsIn = (text: string): ReadonlyMap<string, readonly number[]> => {
  const found = new Map<string, readonly number[]>();
  for (const line of text.split("\n").filter((one) => one.includes("CloudWatchMetrics"))) {
    const told = JSON.parse(line);
    for (const { Namespace, Dimensions, Metrics } of told._aws.CloudWatchMetrics)
      for (const dimensions of Dimensions)
        for (const { Name } of Metrics) {
          const key = [Namespace, Name, ...dimensions.map((one: string) => told[one])].join("/");
          found.set(key, [...(found.get(key) ?? []), ...[told[Name]].flat()]);
        }
  }
  return found;
};

describe("what is told at rest", () => {
  it("is at most eight metrics, with eight modules, a forecaster in force, and providers that report", async () => {
    const { table, ports, metrics, invocation } = functions(async () => ({ ok: true }));
    await table.put({
      ...keys.forecaster,
      v: 1,
      n: 1,
      score: { loss: 1, coverage: 0.9, mdape: 0.25 },
      records: 50,
      today: 0,
      at: 0,
    } as never);
    const engine = new Engine({ ...ports, training: { trainer: async () => undefined, engine: () => "x" } }, { id: "m", brief: true });
    const [audit, modules] = [new AuditLog(ports, KEY), new Modules(ports)];
    const records = new AuditReader(table, audit, KEY);
    const config = () => loadConfig(() => undefined);
    const { commands } = openMaster({ engine, modules, config, audit, records });
    await new Providers(ports, config).report("gcp", { id: "r", at: 0, metrics: [] });
    for (const name of MODULES) if (!modules.get(name)) modules.register(moduleThat(name, async () => ({})));
    await invocation().tick();
    await createControlPlane(engine).trainForecasts();
    await commands.watch();
    await metrics.flush();
    const told = metricsIn(written);
    expect(told.size).toBeLessThanOrEqual(MOST_AT_REST);
    expect(Object.fromEntries(told)).toEqual({
      "QMOI/ForecastError/qmoi-test": [25],
      "QMOI/LateSchedules/qmoi-test": [0],
      "QMOI/ProviderSilence/qmoi-test": [0],
      "QMOI/UnwellModules/qmoi-test": [0],
    });
    // Even with all there is to tell.
    expect(Object.keys(METRICS).length).toBeLessThanOrEqual(MOST);
    await audit.close();
  });

  it("tells a schedule that nobody follows, and a module that does not work; of what is stopped, nothing", async () => {
    const { table, ports, metrics } = functions(async () => ({ ok: true }));
    let now = Date.UTC(2026, 0, 1);
    const clock = { ...ports.clock, now: () => now, monotonic: () => now, after: () => () => undefined };
    const engine = new Engine({ ...ports, clock }, { id: "m", brief: true, roles: { schedules: false } });
    const [audit, modules] = [new AuditLog(ports, KEY), new Modules({ table, clock })];
    const records = new AuditReader(table, audit, KEY);
    const { commands } = openMaster({ engine, modules, config: () => loadConfig(() => undefined), audit, records });
    const workflow = {
      name: "w",
      tasks: [{ name: "a", target: { type: "wait", seconds: 1 } }],
      schedules: [{ expression: "rate(1 minute)" }],
    };
    await createControlPlane(engine).publish(workflow as never);
    await modules.succeeded("advanced-automation");
    const told = async (): Promise<unknown[]> => {
      written = "";
      await commands.watch();
      await metrics.flush();
      return ["LateSchedules", "UnwellModules"].flatMap((name) => metricsIn(written).get(`QMOI/${name}/qmoi-test`));
    };
    now += 179_000;
    expect(await told()).toEqual([0, 0]);
    now += 10_000;
    expect(await told()).toEqual([1, 1]);
    await table.put({ ...keys.control, v: 1, epoch: 1, mode: "stopped", at: now });
    expect(await told()).toEqual([0, 0]);
    await audit.close();
  });
});

describe("the silence of providers", () => {
  it("is told of whoever is silent longest, expected or known, by one query; where there are none, nothing is", async () => {
    const { table, ports, metrics } = functions(async () => ({ ok: true }));
    let now = Date.UTC(2026, 0, 1);
    let expected: Json = [];
    let queries = 0;
    const { query } = table;
    table.query = (asked: Query) => {
      if (asked.pk === keys.provider("").pk) queries++;
      return query.call(table, asked);
    };
    const clock = { ...ports.clock, now: () => now, monotonic: () => now, after: () => () => undefined };
    const config = () => loadConfig(() => undefined, { cloud: { reports: { expected } } });
    const engine = new Engine({ ...ports, clock }, { id: "m", brief: true, roles: { schedules: false } });
    const audit = new AuditLog(ports, KEY);
    const records = new AuditReader(table, audit, KEY);
    const { commands } = openMaster({ engine, modules: new Modules({ table, clock }), config, audit, records });
    const providers = new Providers({ table, clock }, config);
    const told = async (): Promise<unknown> => {
      written = "";
      queries = 0;
      await commands.watch();
      await metrics.flush();
      expect(queries, "queries of one tick").toBe(1);
      return metricsIn(written).get("QMOI/ProviderSilence/qmoi-test");
    };
    expect(await told()).toBeUndefined();
    await providers.report("aws", { id: "1", at: now, metrics: [] });
    now += 7 * 60_000;
    await providers.report("gcp", { id: "1", at: now, metrics: [] });
    now += 59_000;
    expect(await told()).toEqual([7]);
    await providers.forget("aws");
    expect(await told()).toEqual([0]);
    expected = ["colab"];
    expect(await told()).toEqual([1440]);
    await audit.close();
  });
});

/** Runs a workflow of so many tasks by calls of functions, each told what the ones before have written, without a tick. */
const play = async (works: boolean, count: number, more: object = {}) => {
  const failure = { class: "exception", code: "E", message: "no" } as const;
  const cloud = functions(async () => (works ? { ok: true } : { ok: false, failure }));
  const { table, ports, hints, invocation, working, bytesOf } = cloud;
  const changes: Change[] = [];
  await table.subscribe((news) => void changes.push(...news));
  const tasks = Array.from({ length: count }, (_, n) => ({
    name: `t${n}`,
    target: { type: "wait", seconds: 1 },
    retry: { attempts: 1 },
    ...more,
  }));
  const plane = createControlPlane(new Engine(ports, { id: "api", brief: true, roles: { decides: false, works: false } }));
  await plane.publish({ name: "w", tasks } as never);
  const { run } = await plane.startRun({ workflow: "w" });
  const told = { decider: 0, runner: 0, text: "" };
  const news = () => new Promise((resolve) => setImmediate(resolve));
  for (await news(); changes.length > 0 || hints.length > 0; await news()) {
    told.decider += await bytesOf(() => invocation().changes(changes.splice(0)));
    told.text += written;
    told.runner += await bytesOf(() => working().hints(hints.splice(0)));
    told.text += written;
  }
  const view = await plane.run(run);
  const metrics = metricsIn(told.text);
  const sum = (name: string): number => (metrics.get(`QMOI/${name}/qmoi-test`) ?? []).reduce((one, other) => one + other, 0);
  return { ...told, table, state: view.state, metrics, sum };
};

describe("what a task writes", () => {
  it("is at most 300 bytes where it succeeds: none by the task-runner, and what the decider tells is shared by a batch", async () => {
    const { decider, runner, state, metrics, sum } = await play(true, 20);
    expect([state, runner]).toEqual(["succeeded", 0]);
    expect(decider / 20).toBeLessThanOrEqual(MOST_BYTES);
    expect(sum("AttemptsSucceeded")).toBe(20);
    expect(metrics.get("QMOI/WaitSeconds/qmoi-test")).toHaveLength(20);
  });

  it("names run, task, attempt and epoch where it fails, and is counted among the dead letters", async () => {
    const { text, state, sum } = await play(false, 2);
    expect(state).toBe("failed");
    const lines = text.split("\n").flatMap((line) => (line.includes('"attempt failed"') ? [JSON.parse(line)] : []));
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toMatchObject({
        level: "WARN",
        run: expect.any(String),
        task: expect.stringMatching(/^t[01]$/),
        attempt: 1,
        epoch: 0,
        says: "no",
      });
    expect([sum("AttemptsFailed"), sum("DeadLetters")]).toEqual([2, 2]);
  });
});

describe("tasks under one concurrency limit", () => {
  it("follow one another as soon as the last one ends, though another invocation has started it", async () => {
    const { state, table } = await play(true, 3, { concurrency: { key: "k", limit: 1 } });
    expect(state).toBe("succeeded");
    const { items } = await table.query({ pk: "G#c:k" });
    expect(items).toMatchObject([{ g: "" }]);
  });
});
