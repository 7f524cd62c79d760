import type { HostCapacity, HostMonitor } from "@qmoi/adapters";
import type { Config, WorkflowLimits } from "@qmoi/config";
import { hostCapacity } from "@qmoi/config/schemas";
import type { Host, HostResources } from "@qmoi/core";

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
