import { METRICS, type MetricName } from "@qmoi/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EmfMetrics } from "./emf-metrics.ts";
import { functionLogger } from "./powertools-logger.ts";

/** What Powertools writes goes past the console that tests listen to. */
let written: string[];
beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
});
afterEach(() => void vi.restoreAllMocks());
const lines = (): Record<string, unknown>[] => written.flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line));

interface Line {
  readonly service: string;
  readonly _aws: {
    readonly CloudWatchMetrics: readonly { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  readonly [metric: string]: unknown;
}

describe("metrics by the embedded metric format", () => {
  it("are one line an invocation, whatever is told: counts added up, at most a hundred values, one dimension", async () => {
    const told = fc.array(fc.tuple(fc.constantFrom(...(Object.keys(METRICS) as MetricName[])), fc.integer({ min: 0, max: 1000 })), {
      minLength: 1,
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(told, async (all) => {
        written = [];
        const metrics = new EmfMetrics("qmoi-dev");
        for (const [name, value] of all) metrics.add(name, value);
        await metrics.flush();
        const [line, ...more] = lines() as unknown as Line[];
        expect(more).toEqual([]);
        const [{ Namespace, Dimensions, Metrics } = { Namespace: "", Dimensions: [], Metrics: [] }] = line?._aws.CloudWatchMetrics ?? [];
        expect([Namespace, Dimensions, line?.service]).toEqual(["QMOI", [["service"]], "qmoi-dev"]);
        expect(Metrics.map(({ Name }) => Name).sort()).toEqual([...new Set(all.map(([name]) => name))].sort());
        for (const { Name, Unit } of Metrics) {
          expect(Unit).toBe(METRICS[Name as MetricName]);
          const values = all.filter(([name]) => name === Name).map(([, value]) => value);
          const kept = [line?.[Name]].flat() as number[];
          if (Unit === "Count") expect(kept).toEqual([values.reduce((sum, value) => sum + value, 0)]);
          else {
            expect(kept.length).toBe(Math.min(values.length, values.length < 100 ? values.length : 99));
            expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...values), Math.max(...values)]);
          }
        }
        await metrics.flush();
        expect(lines()).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  it("are nothing where nothing was told", async () => {
    await new EmfMetrics("qmoi-dev").flush();
    expect(written).toEqual([]);
  });
});

describe("the log of a function", () => {
  const context = { awsRequestId: "r1", functionName: "f", functionVersion: "1", invokedFunctionArn: "a", memoryLimitInMB: "128" };

  it("is short lines of JSON that name the invocation, from a level on", () => {
    const logger = functionLogger("info");
    logger.invoked(context as never);
    logger.log("debug", "too much");
    logger.log("warn", "attempt failed", { run: "r", task: 1, attempt: 2, epoch: 0, nothing: undefined });
    const [line, ...more] = lines();
    expect(more).toEqual([]);
    expect(line).toEqual({
      level: "WARN",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      message: "attempt failed",
      request: "r1",
      run: "r",
      task: 1,
      attempt: 2,
      epoch: 0,
    });
  });

  it("tells errors with their code, cause and stack, and fields can't forge the line", () => {
    const cycle: Record<string, unknown> = { n: 5n };
    cycle.self = cycle;
    const error = Object.assign(new Error("lost", { cause: new TypeError("inner") }), { code: "QMOI_CONFLICT", data: cycle });
    functionLogger("info").log("error", "failed", { error, message: "never" });
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: "ERROR",
      message: "failed",
      error: {
        code: "QMOI_CONFLICT",
        message: "lost",
        stack: expect.stringContaining("telling.test"),
        cause: { name: "TypeError" },
        data: { n: "5" },
      },
    });
  });
});
