import { DAY, FIRST_YEAR, LAST_YEAR, localText, MINUTE } from "./civil.ts";
import { nextLocal } from "./cron-next.ts";
import type { CronSchedule, Schedule } from "./schedule.ts";
import { type TimeZone, timeZone } from "./time-zone.ts";

/**
 * A nominal time of a schedule. `skipped`: the clock jumped over its local time, so it doesn't fire; `at` is the
 * instant of the jump. A local time that comes twice fires the first time only, as EventBridge Scheduler does.
 */
export type Occurrence =
  | { readonly kind: "fires"; readonly at: number }
  | { readonly kind: "skipped"; readonly at: number; readonly local: string };

/** How far a schedule has been followed: up to an instant (included), or through an occurrence. */
export type Position = number | Occurrence;

const BEGINNING = Date.UTC(FIRST_YEAR, 0, 1) - 2 * DAY;
const END = Date.UTC(LAST_YEAR + 1, 0, 1) + 2 * DAY;

/** The first instant after `after` (epoch milliseconds) at which the schedule fires; undefined when there is none before 2200. */
export const nextAfter = (schedule: Schedule, after: number): number | undefined => {
  if (schedule.kind !== "cron") {
    const next = nextOccurrence(schedule, after);
    return next?.kind === "fires" ? next.at : undefined;
  }
  const zone = timeZone(schedule.timeZone);
  const bounded = clamp(after);
  let local = nextLocal(schedule, zone.localAt(bounded) + 1);
  while (local !== undefined) {
    const resolved = zone.resolve(local);
    if (resolved.exists && resolved.at > bounded) return resolved.at;
    local = nextLocal(schedule, resolved.exists ? local + MINUTE : resolved.resumes);
  }
  return undefined;
};

/** What comes after a position, be it a firing or a local time that the clock jumps over. */
export const nextOccurrence = (schedule: Schedule, from: Position): Occurrence | undefined => {
  const zone = timeZone(schedule.timeZone);
  const after = typeof from === "number" ? from : from.at;
  if (schedule.kind === "rate") {
    const periods = after < schedule.anchor ? 0 : Math.floor((after - schedule.anchor) / schedule.interval) + 1;
    const at = schedule.anchor + periods * schedule.interval;
    return at < END ? { kind: "fires", at } : undefined;
  }
  if (schedule.kind === "at") {
    const occurrence = occurrenceOf(zone, schedule.local);
    return occurrence.at > after ? occurrence : undefined;
  }
  return nextOfCron(schedule, zone, from);
};

const nextOfCron = (schedule: CronSchedule, zone: TimeZone, from: Position): Occurrence | undefined => {
  // Among local times that one jump leaves out, only the local time tells how far we are.
  const inJump = typeof from !== "number" && from.kind === "skipped";
  const after = typeof from === "number" ? clamp(from) : from.at;
  const start = inJump ? Date.parse(`${from.local}Z`) : zone.localAt(after);
  for (let local = nextLocal(schedule, start + 1); local !== undefined; local = nextLocal(schedule, local + MINUTE)) {
    const occurrence = occurrenceOf(zone, local);
    if (inJump || occurrence.at > after) return occurrence;
  }
  return undefined;
};

const occurrenceOf = (zone: TimeZone, local: number): Occurrence => {
  const resolved = zone.resolve(local);
  return resolved.exists ? { kind: "fires", at: resolved.at } : { kind: "skipped", at: resolved.at, local: localText(local) };
};

/** Everything after `from` up to and including the instant `to`, in order, at most `limit`. Go on from the last one for more. */
export const occurrences = (schedule: Schedule, from: Position, to: number, limit: number): Occurrence[] => {
  const found: Occurrence[] = [];
  let position = from;
  while (found.length < limit) {
    const next = nextOccurrence(schedule, position);
    if (next === undefined || next.at > to) break;
    found.push(next);
    position = next;
  }
  return found;
};

/** The last `count` instants at which the schedule fires in (after, to], ascending. Work grows with `count`, hardly with the time between. */
export const latestFirings = (schedule: Schedule, after: number, to: number, count: number): number[] => {
  let low = clamp(after);
  const end = clamp(to);
  let high = end;
  let found = count <= 0 ? [] : firings(schedule, low, end, count + 1);
  if (found.length <= count) return found;
  // More than `count` come after low and fewer after high; one millisecond holds at most one, so an instant between leaves exactly `count`.
  while (found.length !== count) {
    const middle = low + Math.floor((high - low) / 2);
    found = firings(schedule, middle, end, count + 1);
    if (found.length > count) low = middle;
    else high = middle;
  }
  return found;
};

const firings = (schedule: Schedule, after: number, to: number, limit: number): number[] => {
  const found: number[] = [];
  let at = nextAfter(schedule, after);
  while (at !== undefined && at <= to && found.length < limit) {
    found.push(at);
    at = nextAfter(schedule, at);
  }
  return found;
};

/** Why a schedule doesn't fire after an instant, in words; undefined when it does. */
export const whyNever = (schedule: Schedule, after: number): string | undefined => {
  if (nextAfter(schedule, after) !== undefined) return undefined;
  const [last] = latestFirings(schedule, BEGINNING, END, 1);
  if (last !== undefined) return `its last time was ${new Date(last).toISOString()}`;
  const [skipped] = occurrences(schedule, BEGINNING, END, 1);
  if (skipped?.kind === "skipped") return `clocks in ${schedule.timeZone} jump over each of its times, as ${skipped.local}`;
  return "no month that it names has such a day";
};

const clamp = (at: number): number => Math.min(Math.max(at, BEGINNING), END);
