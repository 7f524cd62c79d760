import type { Config } from "@qmoi/config";
import type { EngineSettings } from "./settings.ts";

/** The engine's settings, in its own units, from the configuration as it is at each call. */
export const settingsOf = (current: () => Config): (() => EngineSettings) => {
  let of: Config | undefined;
  let settings: EngineSettings | undefined;
  return () => {
    const config = current();
    if (settings === undefined || config !== of) settings = derived(config);
    of = config;
    return settings;
  };
};

const derived = ({ master, parallel, errors, memory, algorithm }: Config): EngineSettings => {
  const engine = master.modules["advanced-automation"];
  const pools = Object.fromEntries(
    Object.entries(parallel.pools).map(([name, { slots, largestTask = slots }]) => [name, { slots, largestTask }]),
  );
  return {
    enabled: engine.enabled,
    tick: engine.schedule,
    pools,
    policy: master.intelligent_scheduling ? algorithm.order.policy : "workflow-fifo",
    tuning: { ageing: algorithm.order.ageing, priorityFactor: algorithm.order.priorityFactor },
    maxRunning: parallel.maxRunningTasks,
    runningOfType: { http: parallel.httpConcurrency },
    pauseAboveMemory: memory.host.pauseAbove,
    resumeBelowMemory: memory.host.resumeBelow,
    retries: errors.retries,
    defaultTimeoutMs: errors.timeout.default * 1000,
    learnedTimeoutFactor: errors.timeout.learnedFactor,
    learnedTimeoutFloorMs: errors.timeout.learnedFloor * 1000,
    inlineOutputBytes: memory.inlineOutput,
    capturedOutputBytes: memory.capturedOutput,
    historyDays: errors.retention.historyDays,
    deadLetterDays: errors.retention.deadLetterDays,
    learnsMemory: master.resource_optimization,
    defaultMemoryBytes: memory.taskMemory,
    functionMemoryBytes: memory.functionWorkerMemory,
  };
};
