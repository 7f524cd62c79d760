/** The Gregorian calendar in plain numbers. Months are 1 to 12; weekdays 1 (Sunday) to 7, as in AWS. */

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** Years that AWS schedules can name. */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;

export const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

export const weekdayOf = (year: number, month: number, day: number): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

/** `2025-03-30T02:30:00` for a local time given as the milliseconds it would have in UTC. */
export const localText = (local: number): string => new Date(local).toISOString().slice(0, 19);
