import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { type Figures, over } from "./figures.ts";

/** Dollars a unit, list prices of us-east-1: a function's request and gigabyte-second, units of the table, requests of queues and API, a transition. */
export const DOLLARS = {
  functionRequest: 0.2e-6,
  functionGigabyteSecond: 13.3334e-6,
  tableWriteUnit: 0.625e-6,
  tableReadUnit: 0.125e-6,
  queueRequest: 0.4e-6,
  apiRequest: 1e-6,
} as const;

/** Functions by name, and their memory in MB. */
export type Memories = ReadonlyMap<string, number>;

const number = (value: number): string => value.toFixed(12).replace(/0+$/, "");

/** What functions cost in a period. */
export const functionsCost = (figures: Figures, memories: Memories, label: string): IMetric => {
  const names = [...memories.keys()];
  const metrics = names.flatMap((name) => [figures.lambda(name, "Duration", "Sum"), figures.lambda(name, "Invocations", "Sum")]);
  const costOf = (name: string, duration: string, invocations: string): string => {
    const perMs = (DOLLARS.functionGigabyteSecond * ((memories.get(name) as number) / 1024)) / 1000;
    return `FILL(${duration}, 0) * ${number(perMs)} + FILL(${invocations}, 0) * ${number(DOLLARS.functionRequest)}`;
  };
  return over(metrics, (ids) => names.map((name, n) => costOf(name, ids[2 * n] as string, ids[2 * n + 1] as string)).join(" + "), label);
};

/** What the table's requests cost in a period. */
export const tableCost = (figures: Figures): IMetric =>
  over(
    [figures.table("ConsumedWriteCapacityUnits"), figures.table("ConsumedReadCapacityUnits")],
    ([writes, reads]) => `FILL(${writes}, 0) * ${number(DOLLARS.tableWriteUnit)} + FILL(${reads}, 0) * ${number(DOLLARS.tableReadUnit)}`,
    "table",
  );

/** What the queues' requests cost in a period: each message is sent, received and deleted. */
export const queuesCost = (figures: Figures, queues: readonly string[]): IMetric =>
  over(
    queues.flatMap((name) => [figures.queue(name, "NumberOfMessagesSent", "Sum"), figures.queue(name, "NumberOfEmptyReceives", "Sum")]),
    (ids) => `(${ids.map((id, n) => `FILL(${id}, 0)${n % 2 === 0 ? " * 3" : ""}`).join(" + ")}) * ${number(DOLLARS.queueRequest)}`,
    "queues",
  );

/** What the API's requests cost in a period. */
export const apiCost = (figures: Figures, apiId: string): IMetric =>
  over([figures.api(apiId, "Count", "Sum")], ([count]) => `FILL(${count}, 0) * ${number(DOLLARS.apiRequest)}`, "API");
