import { setTimeout as delay } from "node:timers/promises";
import { type Client, eachItem, type RunDetail, type Task } from "@qmoi/client";
import { isOver } from "./states.ts";

/** Above so many tasks, progress tells counts and what runs, not each task. */
export const MANY_TASKS = 500;

/** Shows a run while it goes on. */
export interface RunView {
  /** `tasks`: all of them, or those that run where there are many. */
  update(run: RunDetail, tasks: readonly Task[]): void;
  /** Takes away what was only for the time between. */
  end(): void;
}

const SOONEST_MS = 100;
const LATEST_MS = 1000;

export const allTasks = async (client: Client, run: string): Promise<Task[]> => {
  const tasks: Task[] = [];
  for await (const task of eachItem((after) => client.tasks(run, { limit: 1000, ...(after === undefined ? {} : { after }) })))
    tasks.push(task);
  return tasks;
};

const shownTasks = async (client: Client, run: RunDetail): Promise<readonly Task[]> =>
  run.total <= MANY_TASKS ? allTasks(client, run.run) : (await client.tasks(run.run, { state: "running", limit: 20 })).items;

/** Shows the run until it is over, asking less often the longer it takes. Rejects with an AbortError when the signal aborts. */
export const follow = async (client: Client, run: string, view: RunView, signal: AbortSignal): Promise<RunDetail> => {
  try {
    for (let wait = SOONEST_MS; ; wait = Math.min(LATEST_MS, wait * 1.2)) {
      const detail = await client.run(run);
      view.update(detail, await shownTasks(client, detail));
      if (isOver(detail.state)) return detail;
      await delay(wait, undefined, { signal });
    }
  } finally {
    view.end();
  }
};
