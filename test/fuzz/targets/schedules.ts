import { nextAfter, parseSchedule } from "@qmoi/core";
import type { FuzzTarget } from "../fuzz.ts";
import { mutateText, randomText } from "../mutate-text.ts";
import type { Seeded } from "../seeded.ts";
import { judgeSchedule } from "./cron-rules.ts";

const EXPRESSIONS = [
  "cron(0 10 * * ? *)",
  "cron(15 8 ? * MON-FRI *)",
  "cron(0/15 0-6,20 1,15 JAN,JUL ? 2026-2030)",
  "cron(5 4 L * ? *)",
  "cron(0 9 LW * ? *)",
  "cron(0 9 15W * ? *)",
  "cron(30 2 ? MAR 1#2 *)",
  "cron(0 0 ? * 6L *)",
  "cron(*/10 * ? * 2,4,6 *)",
  "rate(1 minute)",
  "rate(5 minutes)",
  "rate(12 hours)",
  "rate(30 days)",
  "at(2026-01-31T08:00:00)",
] as const;
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"] as const;

const split = (input: string): readonly [expression: string, timeZone: string] => {
  const at = input.lastIndexOf("\n");
  return at < 0 ? [input, "UTC"] : [input.slice(0, at), input.slice(at + 1)];
};

/** Schedule expressions with their time zone, a line each. */
export const schedules: FuzzTarget = {
  name: "schedules",
  mutate: (random: Seeded) => {
    let [expression, zone] = [random.pick(EXPRESSIONS) as string, random.pick(ZONES) as string];
    const from = `${expression}\n${zone}`;
    for (let i = 1 + random.below(3); i > 0; i--) {
      if (random.below(8) === 0) zone = mutateText(zone, random);
      else expression = mutateText(expression, random);
    }
    return { input: `${expression}\n${zone}`, from };
  },
  invent: (random) => `${random.pick(["cron(", "rate(", "at(", ""])}${randomText(random)}${random.pick([")", ""])}`,
  run: (input) => {
    const schedule = parseSchedule(...split(input));
    nextAfter(schedule, Date.UTC(2026, 0, 1));
  },
  justify: (input, from) => {
    const kind = judgeSchedule(...split(input));
    return input === from ? "the same schedule" : `${kind} in AWS's grammar`;
  },
};
