export * from "./describe.ts";
export { nextAfter, nextOccurrence, type Occurrence, occurrences, type Position, whyNever } from "./occurrences.ts";
export * from "./overlap.ts";
export * from "./plan.ts";
export { type AtSchedule, type CronSchedule, type ParseOptions, parseSchedule, type RateSchedule, type Schedule } from "./schedule.ts";
