import { MemoryBlobStore, MemoryQueue, MemoryTaskLogs, SystemClock, SystemRandom } from "@qmoi/adapters";
import { CHECKS, type ConfigOverrides } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";
import { type Clock, silentLogger, type Table, type TargetRunner } from "@qmoi/core";
import { settingsOf } from "@qmoi/local";
import { type ControlPlane, createControlPlane, Engine, type EngineOptions, engineWorker, type Hint } from "@qmoi/runtime";

export interface BareEngine {
  readonly engine: Engine;
  readonly plane: ControlPlane;
  readonly blobs: MemoryBlobStore;
  readonly logs: MemoryTaskLogs;
}

/** An engine on any table, with everything else in memory and one runner of `wait` targets. */
export const bareEngine = (
  table: Table,
  runner: TargetRunner["run"],
  more: { clock?: Clock; config?: ConfigOverrides; blobs?: MemoryBlobStore; options?: Partial<EngineOptions> } = {},
): BareEngine => {
  const config = loadConfig(() => undefined, more.config);
  const [blobs, logs] = [more.blobs ?? new MemoryBlobStore(), new MemoryTaskLogs()];
  const engine = new Engine(
    {
      table,
      blobs,
      logs,
      hints: new MemoryQueue<Hint>(),
      secrets: { get: async () => "" },
      targets: new Map([["wait", { type: "wait", run: runner }]]),
      host: { available: () => ({ cpu: 8, memory: 2 ** 40, disk: 2 ** 40 }), memoryUsed: () => 0 },
      clock: more.clock ?? new SystemClock(),
      random: new SystemRandom(),
      logger: silentLogger,
      settings: settingsOf(() => config),
      checks: CHECKS,
      limits: () => ({}),
    },
    { id: "w", worker: engineWorker, ...more.options },
  );
  return { engine, plane: createControlPlane(engine), blobs, logs };
};
