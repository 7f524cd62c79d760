import type { Task } from "@qmoi/client";
import type { Ansis } from "ansis";
import { duration, shortName } from "./format.ts";
import { paint, stateMark } from "./states.ts";

interface Bar {
  readonly task: Task;
  /** Milliseconds since 1970. */
  readonly ready: number;
  readonly start: number;
  readonly end: number;
}

export interface TimelineOptions {
  readonly columns: number;
  readonly rows: number;
  /** For tasks that have not ended. Milliseconds since 1970. */
  readonly now: number;
}

const barOf = (task: Task, now: number): Bar | undefined => {
  if (task.startedAt === null) return undefined;
  const start = Date.parse(task.startedAt);
  return {
    task,
    start,
    ready: Math.min(start, task.readyAt ? Date.parse(task.readyAt) : start),
    end: task.endedAt ? Date.parse(task.endedAt) : now,
  };
};

/**
 * When each task waited (░) and ran (█), one row a task in the order of their starts. Of more tasks than rows, those that failed and those
 * that took longest.
 */
export const timeline = (style: Ansis, tasks: readonly Task[], { columns, rows, now }: TimelineOptions): string => {
  const bars = tasks.flatMap((task) => barOf(task, now) ?? []);
  if (bars.length === 0) return "";
  const shown = bars
    .toSorted((a, b) => Number(b.task.state === "failed") - Number(a.task.state === "failed") || b.end - b.ready - (a.end - a.ready))
    .slice(0, rows)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const from = Math.min(...bars.map((bar) => bar.ready));
  const span = Math.max(1, Math.max(...bars.map((bar) => bar.end)) - from);
  const nameWidth = Math.min(32, Math.max(...shown.map(({ task }) => task.name.length)));
  const width = Math.max(10, Math.min(60, columns - nameWidth - 16));
  const column = (ms: number): number => Math.min(width, Math.floor(((ms - from) / span) * width));
  const lines = shown.map((bar) => {
    const start = Math.min(width - 1, column(bar.start));
    const ready = Math.min(start, column(bar.ready));
    const length = Math.max(1, column(bar.end) - start);
    const wait = style.dim("░".repeat(start - ready));
    const drawn = `${" ".repeat(ready)}${wait}${paint(style, bar.task.state, "█".repeat(length))}${" ".repeat(Math.max(0, width - start - length))}`;
    return `  ${stateMark(style, bar.task.state)} ${shortName(bar.task.name, nameWidth).padEnd(nameWidth)} ${drawn} ${style.dim(duration(bar.end - bar.start))}`;
  });
  const scale = `  ${" ".repeat(nameWidth + 2)} ${"0".padEnd(width - duration(span).length)}${duration(span)}`;
  const rest = bars.length - shown.length;
  return `${[style.dim(scale), ...lines, ...(rest > 0 ? [style.dim(`    and ${rest} shorter`)] : [])].join("\n")}\n`;
};
