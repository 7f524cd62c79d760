import type { HostCapacity, HostMonitor } from "@qmoi/adapters";
import { type Config, hostCapacity, type WorkflowLimits } from "@qmoi/config";
import type { Host, HostResources } from "@qmoi/core";
import type { EngineSettings } from "@qmoi/runtime";

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

const derived = ({ master, parallel, errors, memory }: Config): EngineSettings => {
  const engine = master.modules["advanced-automation"];
  const pools = Object.fromEntries(
    Object.entries(parallel.pools).map(([name, { slots, largestTask = slots }]) => [name, { slots, largestTask }]),
  );
  return {
    enabled: engine.enabled,
    tick: engine.schedule,
    pools,
    policy: "fair",
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

const measured = (capacity: HostCapacity): HostResources => ({
  cpu: capacity.cpus,
  memory: capacity.memoryBytes,
  disk: capacity.diskBytes,
});

/** What a task can ask for at most: a pool's largest task, and the host's budget. */
export const workflowLimits = ({ parallel }: Config, capacity: HostCapacity): WorkflowLimits => ({
  pools: parallel.pools,
  host: hostCapacity(parallel.host, measured(capacity)),
});

/** The host as the engine sees it: what others leave, within the configured budget. */
export const hostBudget = (monitor: HostMonitor, config: () => Config): Host => ({
  available: () => {
    const budget = hostCapacity(config().parallel.host, measured(monitor.capacity()));
    const { cpus, memoryBytes, diskBytes } = monitor.available();
    return { cpu: Math.min(budget.cpu, cpus), memory: Math.min(budget.memory, memoryBytes), disk: Math.min(budget.disk, diskBytes) };
  },
  memoryUsed: () => monitor.use().memoryUsedBytes / monitor.capacity().memoryBytes,
});
