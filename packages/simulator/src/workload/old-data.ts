import type { Item } from "@qmoi/core";
import { keys } from "@qmoi/runtime";
import type { SmallStores } from "../ports/small-stores.ts";

const DAY_MS = 86_400_000;

/** Runs of long ago, by a workflow that nobody uses any more. */
const WORKFLOW = "gone";
const RUNS = ["old0", "old1", "old2"] as const;

/** What was left long ago: its time is over, nobody may see it, and whoever gives space back finds it. */
export const oldData = (now: number, small: SmallStores): readonly Item[] => [
  { ...keys.definitionHead(WORKFLOW), v: 1, ver: "gone", num: 1, at: now - 90 * DAY_MS, n: 1, sc: false },
  ...RUNS.flatMap((run) => oldRun(run, now, small)),
];

const oldRun = (run: string, now: number, { blobs, logs }: SmallStores): readonly Item[] => {
  const ended = now - 33 * DAY_MS;
  const day = new Date(ended).toISOString().slice(0, 10);
  const common = { v: 1, ttl: Math.floor((now - DAY_MS) / 1000) };
  const times = { ca: ended - 1000, sa: ended - 1000, ea: ended };
  const attempt = { s: "succeeded", w: "gone", tk: "-", le: ended, ra: ended, ga: ended, sa: ended, ea: ended, ss: 1, es: 2 };
  blobs.set(`outputs/${run}/0000000-0001.json`, Buffer.from("1"));
  logs.set(`${run}/0/1`, [{ stream: "log", at: ended, text: "old" }]);
  return [
    {
      ...keys.header(run),
      ...common,
      ...times,
      i1p: keys.workflowIndex(WORKFLOW),
      i1s: `${ended}#${run}`,
      wf: WORKFLOW,
      ver: "gone",
      st: "succeeded",
      pr: 5,
      n: 1,
      small: false,
    },
    { ...keys.part(run, 0), ...common, b: "CA==" },
    { ...keys.attempt(run, 0, 1), ...common, ...attempt },
    { ...keys.statistics(day, `${WORKFLOW}#gone`), ...common, d: "{}" },
    {
      ...keys.deadLetter(day, run, 0),
      ...common,
      wf: WORKFLOW,
      t: "gone",
      a: 1,
      at: ended,
      f: { class: "exit", code: "1", message: "old" },
    },
    { pk: "S#timed/default", sk: `N#${new Date(ended).toISOString()}`, ...common, d: "skipped", why: "missed", nom: ended },
  ];
};
