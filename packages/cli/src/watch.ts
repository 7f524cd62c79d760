import type { Client, RunDetail } from "@qmoi/client";
import type { Cli } from "./cli.ts";
import { allTasks, follow } from "./follow.ts";
import { LineView } from "./line-view.ts";
import { LiveView } from "./live-view.ts";
import { summary } from "./summary.ts";

/** More tasks than this are not read for a summary. */
const SUMMARY_TASKS = 20_000;

/** Follows a run to its end: progress on stderr, the summary on stdout; with `json` neither. */
export const watchRun = async ({ io, signal }: Cli, client: Client, run: string, { json }: { json: boolean }): Promise<RunDetail> => {
  const silent = { update: () => undefined, end: () => undefined };
  const view = json ? silent : io.live ? new LiveView(io, Date.now) : new LineView(io);
  const detail = await follow(client, run, view, signal);
  if (!json) {
    const tasks = detail.total <= SUMMARY_TASKS ? await allTasks(client, run) : [];
    io.out(summary(io.style, detail, tasks, io.columns, Date.now()));
  }
  return detail;
};
