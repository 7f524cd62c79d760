import { DAY, HOUR, MINUTE } from "./civil.ts";
import { daysMask } from "./cron-days.ts";
import type { CronSchedule } from "./schedule.ts";

/**
 * The first local time at or after `start` that matches, going by years, months, days and times that match: never by
 * the minute. Local times are the milliseconds they would have in UTC. Undefined when no year up to 2199 has one.
 */
export const nextLocal = (schedule: CronSchedule, start: number): number | undefined => {
  const startDay = Math.floor(start / DAY) * DAY;
  const startDate = new Date(startDay);
  const startYear = startDate.getUTCFullYear();
  const startMonth = startDate.getUTCMonth() + 1;
  for (const year of schedule.years) {
    if (year < startYear) continue;
    for (const month of schedule.months) {
      if (year === startYear && month < startMonth) continue;
      let mask = daysMask(schedule.days, year, month);
      if (year === startYear && month === startMonth) mask &= -1 << (startDate.getUTCDate() - 1);
      for (; mask !== 0; mask &= mask - 1) {
        const day = Date.UTC(year, month - 1, 32 - Math.clz32(mask & -mask));
        const time = nextTime(schedule, day === startDay ? start - startDay : 0);
        if (time !== undefined) return day + time;
      }
    }
  }
  return undefined;
};

/** The first matching time of day at or after `from`, in milliseconds since midnight. */
const nextTime = (schedule: CronSchedule, from: number): number | undefined => {
  for (const hour of schedule.hours) {
    if (hour * HOUR + (HOUR - MINUTE) < from) continue;
    for (const minute of schedule.minutes) {
      const time = hour * HOUR + minute * MINUTE;
      if (time >= from) return time;
    }
  }
  return undefined;
};
