import type { RunDetail, Task } from "@qmoi/client";
import type { Ansis } from "ansis";
import { runForecastText } from "./forecast/forecast-text.ts";
import { duration, oneLine, plural, shortRun } from "./format.ts";
import { countsText, stateText } from "./states.ts";
import { timeline } from "./timeline.ts";

const TIMELINE_ROWS = 16;
const FAILURES = 5;
const OUTPUTS = 5;

/** How a run ended, when its tasks ran, why those that failed did, and what came out of it. */
export const summary = (style: Ansis, run: RunDetail, tasks: readonly Task[], columns: number, now: number): string => {
  const took = duration((run.endedAt ? Date.parse(run.endedAt) : now) - Date.parse(run.startedAt));
  const head = `${stateText(style, run.state)}  ${style.bold(run.workflow)}  ${took}  ${plural(run.total, "task")}: ${countsText(run.tasks)}  ${style.dim(`run ${run.run}`)}\n`;
  const drawn = timeline(style, tasks, { columns, rows: TIMELINE_ROWS, now });
  const ends = run.forecast ? `${runForecastText(style, run.forecast)}\n` : "";
  return [head, ends, drawn && `\n${drawn}`, failures(style, run, tasks), outputs(style, run, tasks, columns)].join("");
};

const failures = (style: Ansis, run: RunDetail, tasks: readonly Task[]): string => {
  const failed = tasks.filter(({ failure, state }) => state === "failed" && failure !== null);
  if (failed.length === 0) return "";
  const lines = failed
    .slice(0, FAILURES)
    .map(
      ({ name, failure }) =>
        `${style.red("✗")} ${style.bold(name)}: ${oneLine(`${failure?.code}: ${failure?.message}`, 300)}\n  ${style.dim(`qmoi logs ${shortRun(run.run)} ${name}`)}\n`,
    );
  const more = failed.length > FAILURES ? `${style.dim(`and ${failed.length - FAILURES} more that failed`)}\n` : "";
  return `\n${lines.join("")}${more}${style.dim(`then: qmoi redrive ${shortRun(run.run)}`)}\n`;
};

/** What the last tasks of the graph gave. */
const outputs = (style: Ansis, run: RunDetail, tasks: readonly Task[], columns: number): string => {
  if (run.state !== "succeeded") return "";
  const needed = new Set(tasks.flatMap(({ needs }) => needs));
  const names = new Set(tasks.map(({ name }) => name));
  // Instances of a forEach are told by the task that they belong to.
  const isInstance = (name: string): boolean => names.has(name.replace(/\[\d+\]$/, "")) && name.endsWith("]");
  const last = tasks.filter(({ name, output }) => !needed.has(name) && !isInstance(name) && output !== undefined && output !== null);
  if (last.length === 0) return "";
  const lines = last
    .slice(0, OUTPUTS)
    .map(({ name, output }) => `${style.dim("→")} ${name}: ${oneLine(JSON.stringify(output), Math.max(60, columns - name.length - 5))}\n`);
  return `\n${lines.join("")}`;
};
