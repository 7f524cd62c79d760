import { MONTH_SECONDS, STAGE } from "@qmoi/cloud-integration";

/**
 * What a deployment is taken to be where a request counted here doesn't tell: memory of the functions (MB), times (ms) and so on.
 */
export const DEPLOYED = {
  deciderMb: 512,
  workMb: 128,
  workMs: 100,
  /** Control reading, claim and end around the work. */
  aroundWorkMs: 20,
  /** The platform's own lines are off (system log level WARN); the runner's own are at level debug. */
  workLogBytes: 0,
  /** Hints that were sent together are received and deleted together. */
  queueRequestsPerSend: 3,
  moduleMb: 512,
  moduleMs: 30,
  /** Reads of a module's tick that finds nothing to do: control, its own state. */
  moduleReads: 2,
  /** Five long polls of 20 s at a time, which an event source never ends; three queues have one. */
  idlePollsAMonth: (3 * 5 * MONTH_SECONDS) / 20,
  alarms: STAGE.alarms,
  storedGb: 1,
} as const;
