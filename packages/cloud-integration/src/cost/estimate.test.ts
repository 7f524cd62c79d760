import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AWS_PRICES, type EstimateRequest, estimateMonth } from "../index.ts";

const REQUEST: EstimateRequest = {
  tasksPerDay: 24_000,
  tasksPerRun: 20,
  taskSeconds: 0.98,
  memoryMb: 1024,
  tasksAtOnce: 10,
  historyDays: 30,
};

describe("a month's estimate", () => {
  it("is what the formula gives by hand", () => {
    // 24,000 tasks a day are 730,000 a month of 730 hours, in 36,500 runs.
    const { lines, dollarsAMonth, dollarsAMillionTasks } = estimateMonth(REQUEST, AWS_PRICES);
    const found = lines.map(({ part, resource, quantity, dollars }) => [part, resource, Math.round(quantity), Number(dollars.toFixed(3))]);
    const byHand = [
      // Each minute three modules of 50 ms at 512 MB, which read 3 units: 131,400 invocations.
      ["at rest", "tableReadUnit", 394_200, 0.049],
      ["at rest", "tableGigabyteMonth", 1, 0.25],
      // Three queues with five polls of 20 s.
      ["at rest", "queueRequest", 1_971_000, 0.788],
      ["at rest", "functionRequest", 131_400, 0.026],
      ["at rest", "functionGigabyteSecond", 3_285, 0.044],
      ["watching", "alarmMonth", 10, 1],
      ["watching", "metricMonth", 3, 0.9],
      ["watching", "dashboardMonth", 2, 6],
      // 36,500 x 5.5 + 730,000 x 3.1 writes, and so on.
      ["control plane", "tableWriteUnit", 2_463_750, 1.54],
      ["control plane", "tableReadUnit", 1_971_000, 0.246],
      ["control plane", "queueRequest", 554_800, 0.222],
      ["control plane", "functionRequest", 189_800, 0.038],
      ["control plane", "functionGigabyteSecond", 9_490, 0.127],
      // 766,500 times 300 bytes.
      ["control plane", "logGigabyte", 0, 0.107],
      // 73,000 invocations of a second at 1 GB.
      ["work", "functionRequest", 73_000, 0.015],
      ["work", "functionGigabyteSecond", 73_000, 0.973],
      // 720,000 tasks of 1,500 bytes.
      ["storage", "tableGigabyteMonth", 1, 0.251],
      // These are 1.08 GB, read twice a day by 4 KB, in 257.5 segments, of which a quarter is kept for 30 days.
      ["backups", "tableReadUnit", 16_040_039, 2.005],
      ["backups", "blobWrite", 7_832, 0.039],
      ["backups", "blobRead", 7_832, 0.003],
      ["backups", "blobGigabyteMonth", 8, 0.174],
    ];
    expect(found).toEqual(byHand);
    const sum = byHand.reduce((dollars, [, , , each]) => dollars + Number(each), 0);
    expect(dollarsAMonth).toBeCloseTo(sum, 2);
    const rest = 0.049 + 0.25 + 0.788 + 0.026 + 0.044 + 1 + 0.9 + 6;
    expect(dollarsAMillionTasks).toBeCloseTo((sum - rest) / 0.73, 2);
  });

  it("of nothing is what a stage costs at rest", () => {
    const { lines, dollarsAMillionTasks } = estimateMonth({ ...REQUEST, tasksPerDay: 0 }, AWS_PRICES);
    expect(new Set(lines.map(({ part }) => part))).toEqual(new Set(["at rest", "watching"]));
    expect(dollarsAMillionTasks).toBe(0);
  });

  const amount = (max: number) => fc.double({ min: 1, max, noNaN: true });
  const requests = fc.record({
    tasksPerDay: amount(1e8),
    tasksPerRun: amount(1e4),
    taskSeconds: amount(900),
    memoryMb: amount(10_240),
    tasksAtOnce: amount(20),
    historyDays: amount(365),
  });

  it("never falls with more tasks, longer ones, or more memory, nor with fewer at once or in a run", () => {
    fc.assert(
      fc.property(requests, fc.double({ min: 1, max: 10, noNaN: true }), (request, factor) => {
        const { dollarsAMonth } = estimateMonth(request, AWS_PRICES);
        const more = (changed: Partial<EstimateRequest>): number => estimateMonth({ ...request, ...changed }, AWS_PRICES).dollarsAMonth;
        const least = dollarsAMonth * (1 - 1e-9);
        for (const name of ["tasksPerDay", "taskSeconds", "memoryMb", "historyDays"] as const)
          expect(more({ [name]: request[name] * factor })).toBeGreaterThanOrEqual(least);
        for (const name of ["tasksPerRun", "tasksAtOnce"] as const)
          expect(more({ [name]: request[name] / factor })).toBeGreaterThanOrEqual(least);
      }),
    );
  });
});
