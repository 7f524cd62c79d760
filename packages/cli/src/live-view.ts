import type { RunDetail, Task } from "@qmoi/client";
import type { RunView } from "./follow.ts";
import { runForecastText } from "./forecast/forecast-text.ts";
import { duration, oneLine, shortName, shortRun } from "./format.ts";
import type { Io } from "./io.ts";
import { countsText, paint, stateMark } from "./states.ts";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const BAR = 24;
const SHOWN = 8;
const FRAME_MS = 100;

/** A few lines that change in place: bar, counts, and what runs. For a terminal. */
export class LiveView implements RunView {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #lines = 0;
  #frame = 0;
  #shown: { run: RunDetail; tasks: readonly Task[] } | undefined;

  constructor(io: Io, now: () => number) {
    this.#io = io;
    this.#now = now;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
  }

  update(run: RunDetail, tasks: readonly Task[]): void {
    this.#shown = { run, tasks };
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#io.err(this.#erase());
    this.#lines = 0;
  }

  #draw(): void {
    if (!this.#shown) return;
    const { run, tasks } = this.#shown;
    const lines = [this.#head(run), ...this.#ends(run), ...this.#running(tasks)];
    const text = this.#erase() + lines.map((line) => `${line}\n`).join("");
    this.#lines = lines.length;
    this.#frame++;
    this.#io.err(text);
  }

  #erase(): string {
    return this.#lines === 0 ? "" : `\u001b[${this.#lines}A\u001b[J`;
  }

  /** As much as fits on one line: a line that wraps could not be erased. */
  #head(run: RunDetail): string {
    const style = this.#io.errStyle;
    const over = run.tasks.succeeded + run.tasks.failed + run.tasks.skipped + run.tasks.cancelled;
    // A forEach adds tasks between one look and the next.
    const total = Math.max(run.total, over);
    const filled = total === 0 ? 0 : Math.round((over / total) * BAR);
    const bar = style.cyan("━".repeat(filled)) + style.dim("━".repeat(BAR - filled));
    const mark = run.state === "running" ? style.cyan(SPINNER[this.#frame % SPINNER.length] ?? "") : stateMark(style, run.state);
    const name = `${mark} ${style.bold(oneLine(run.workflow, 30))} ${style.dim(shortRun(run.run))}${run.state === "running" ? "" : ` ${paint(style, run.state, run.state)}`}`;
    const done = `${over}/${total}  ${duration(this.#now() - Date.parse(run.startedAt))}`;
    const choices = [`${name} ${bar} ${done}  ${style.dim(countsText(run.tasks))}`, `${name} ${bar} ${done}`, `${name} ${done}`];
    return choices.find((line) => style.strip(line).length < this.#io.columns) ?? oneLine(`${run.workflow} ${done}`, this.#io.columns - 1);
  }

  #ends({ forecast, state }: RunDetail): string[] {
    if (!forecast || state !== "running") return [];
    const style = this.#io.errStyle;
    const text = runForecastText(style, forecast);
    // One line, or it could not be erased.
    return [`  ${style.strip(text).length + 3 < this.#io.columns ? text : oneLine(style.strip(text), this.#io.columns - 3)}`];
  }

  #running(tasks: readonly Task[]): string[] {
    const style = this.#io.errStyle;
    const active = tasks.filter(({ state }) => state === "running" || state === "held" || state === "waiting");
    const most = Math.max(10, Math.min(40, this.#io.columns - 30));
    const width = Math.min(most, Math.max(0, ...active.map(({ name }) => name.length)));
    const lines = active.slice(0, SHOWN).map((task) => {
      const since = task.state === "running" && task.startedAt ? duration(this.#now() - Date.parse(task.startedAt)) : task.state;
      const again = task.attempt > 1 ? style.yellow(` attempt ${task.attempt}`) : "";
      return `  ${stateMark(style, task.state)} ${shortName(task.name, most).padEnd(width)}  ${style.dim(since)}${again}`;
    });
    return active.length > SHOWN ? [...lines, style.dim(`  and ${active.length - SHOWN} more`)] : lines;
  }
}
