import { expect, it } from "vitest";
import { describeSchedule } from "./describe.ts";
import { parseSchedule } from "./schedule.ts";

it.each([
  ["cron(15 8 ? * MON-FRI *)", "at 08:15 on weekdays, Europe/Berlin"],
  ["cron(0 10 * * ? *)", "at 10:00 every day, Europe/Berlin"],
  ["cron(0 8,12,18 ? * SUN,SAT *)", "at 08:00, 12:00 and 18:00 on weekends, Europe/Berlin"],
  ["cron(* * * * ? *)", "every minute, Europe/Berlin"],
  ["cron(0/15 * * * ? *)", "every 15 minutes, Europe/Berlin"],
  ["cron(0/5 8-17 ? * MON-FRI *)", "every 5 minutes in hours 8 to 17 on weekdays, Europe/Berlin"],
  ["cron(* 8 * * ? *)", "every minute in hour 8, Europe/Berlin"],
  ["cron(5 * * * ? *)", "every hour at minute 5, Europe/Berlin"],
  ["cron(5 0/6 * * ? *)", "every 6 hours at minute 5, Europe/Berlin"],
  ["cron(5,6,50 * * * ? *)", "at minutes 5, 6 and 50 of every hour, Europe/Berlin"],
  ["cron(5 8-12 * * ? *)", "at minute 5 in hours 8 to 12, Europe/Berlin"],
  ["cron(0 8 ? * TUE,THU *)", "at 08:00 on Tuesday and Thursday, Europe/Berlin"],
  ["cron(0 8 ? JUL MON *)", "at 08:00 on Monday in July, Europe/Berlin"],
  ["cron(0 8 * JUN-AUG ? *)", "at 08:00 every day in June to August, Europe/Berlin"],
  ["cron(0/10 * * DEC ? *)", "every 10 minutes in December, Europe/Berlin"],
  ["cron(0 8 1 * ? *)", "at 08:00 on day 1 of the month, Europe/Berlin"],
  ["cron(0 8 1,15W,L JAN,JUL ? *)", "at 08:00 on day 1, the weekday nearest to day 15 and the last day of January and July, Europe/Berlin"],
  ["cron(0 8 LW * ? *)", "at 08:00 on the last weekday of the month, Europe/Berlin"],
  ["cron(15 10 ? * 6L 2019-2022)", "at 10:15 on the last Friday of the month in 2019 to 2022, Europe/Berlin"],
  ["cron(0 9 ? * 3#2 *)", "at 09:00 on the second Tuesday of the month, Europe/Berlin"],
  ["cron(0 9 ? * 3,6L *)", "at 09:00 on each Tuesday and the last Friday of the month, Europe/Berlin"],
  ["rate(1 minute)", "every minute"],
  ["rate(90 minutes)", "every 90 minutes"],
  ["rate(36 hours)", "every 36 hours"],
  ["rate(48 hours)", "every 2 days"],
  ["rate(1 day)", "every day"],
  ["at(2026-11-20T13:00:00)", "once at 2026-11-20 13:00:00, Europe/Berlin"],
])("%s: %s", (expression, sentence) => {
  expect(describeSchedule(parseSchedule(expression, "Europe/Berlin"))).toBe(sentence);
});
