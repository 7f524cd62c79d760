import { METRICS, type MetricName, type Metrics } from "@qmoi/core";

/** Values of one metric that a line of the embedded metric format takes at most. */
const MOST_VALUES = 100;

/**
 * Gathers what one invocation tells and writes it as one line of the embedded metric format, of which CloudWatch makes metrics: no request,
 * and nobody waits. Their only dimension is `service`, because each more would be a metric more to pay for.
 */
export class EmfMetrics implements Metrics {
  readonly #service: string;
  readonly #values = new Map<MetricName, number[]>();

  /** `service`: what the names of the stage's resources begin with. */
  constructor(service: string) {
    this.#service = service;
  }

  add(name: MetricName, value: number): void {
    const values = this.#values.get(name);
    if (!values) this.#values.set(name, [value]);
    else if (METRICS[name] === "Count") values[0] = (values[0] ?? 0) + value;
    else values.push(value);
  }

  /** Writes what was gathered, if there is anything. */
  async flush(): Promise<void> {
    if (this.#values.size === 0) return;
    const gathered = [...this.#values];
    this.#values.clear();
    const sdk = await import("./powertools-metrics-sdk.ts");
    const metrics = new sdk.Metrics({ namespace: "QMOI", serviceName: this.#service });
    for (const [name, values] of gathered) for (const value of thinned(values)) metrics.addMetric(name, METRICS[name], value);
    metrics.publishStoredMetrics();
  }
}

/** As many values as go into a line, spread evenly over the sorted ones: quantiles stay what they were. */
const thinned = (values: readonly number[]): readonly number[] => {
  if (values.length < MOST_VALUES) return values;
  const sorted = values.toSorted((a, b) => a - b);
  const kept = MOST_VALUES - 1;
  return Array.from({ length: kept }, (_, n) => sorted[Math.round((n * (sorted.length - 1)) / (kept - 1))] as number);
};
