export { Cluster, type ClusterOptions, defaultRetries, type Process, plainOutput } from "./cluster.ts";
export { INVARIANTS } from "./invariants/index.ts";
export type { Invariant, Skews, Violation } from "./judge.ts";
export { SeededRandom } from "./random.ts";
export { type SeedOptions, type SeedResult, simulateSeed } from "./seed-run.ts";
export { type FoundViolation, replayArguments, type SimulateOptions, type SimulateResult, simulateSeeds } from "./simulate.ts";
export type { OwnWorkflow } from "./workload/own-workload.ts";
export type { Profile } from "./world/executors.ts";
export { CALL_FAULTS, type CallFault, type Fault, WORLD_FAULTS, type WorldFault } from "./world/faults.ts";
