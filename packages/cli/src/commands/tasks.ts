import type { TaskState } from "@qmoi/client";
import { type Command, Option } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { duration, oneLine, table } from "../format.ts";
import { given, listed } from "../options.ts";
import { resolveRun } from "../run-ids.ts";
import { stateText } from "../states.ts";

interface TasksOptions extends CommonOptions {
  readonly state?: TaskState;
}

const STATES = ["pending", "ready", "waiting", "running", "held", "succeeded", "failed", "skipped", "cancelled"];
const HEAD = [
  { title: "task" },
  { title: "state" },
  { title: "attempt", right: true },
  { title: "waited", right: true },
  { title: "ran", right: true },
  { title: "pool" },
  { title: "needs" },
];

const between = (from: string | null, to: string | null): string => (from && to ? duration(Date.parse(to) - Date.parse(from)) : "");

export const tasksCommand = (cli: Cli): Command =>
  newCommand({
    usage: "tasks <run>",
    summary: "list a run's tasks and their states",
    details: "A run is given by its id, by the beginning of it, or as `latest`.",
    examples: [
      ["qmoi tasks latest", "of the newest run"],
      ["qmoi tasks 3f2a --state failed", "those that failed in the run whose id begins so"],
    ],
  })
    .addOption(new Option("--state <state>", "only in this state").choices(STATES))
    .action((run: string, options: TasksOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const id = await resolveRun(client, run);
        const { items } = await listed({ ...options, limit: Number.POSITIVE_INFINITY }, (query) =>
          client.tasks(id, given({ ...query, state: options.state })),
        );
        if (options.json) return printJson(cli.io, items);
        const rows = items.map((task) => [
          task.name,
          `${stateText(cli.io.style, task.state)}${task.failure ? ` ${oneLine(task.failure.code, 40)}` : ""}`,
          String(task.attempt),
          between(task.readyAt, task.startedAt),
          between(task.startedAt, task.endedAt ?? (task.state === "running" ? new Date().toISOString() : null)),
          task.slots === 1 ? task.pool : `${task.pool}×${task.slots}`,
          oneLine(task.needs.join(", "), 60),
        ]);
        cli.io.out(table(cli.io.style, HEAD, rows));
      }),
    );
