import type { RunDetail, Task } from "@qmoi/client";
import type { RunView } from "./follow.ts";
import { duration, oneLine, shortRun } from "./format.ts";
import type { Io } from "./io.ts";
import { countsText, stateMark } from "./states.ts";

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
    const lines = [this.#head(run), ...this.#running(tasks)];
    const text = this.#erase() + lines.map((line) => `${line}\n`).join("");
    this.#lines = lines.length;
    this.#frame++;
    this.#io.err(text);
  }

  #erase(): string {
    return this.#lines === 0 ? "" : `\u001b[${this.#lines}A\u001b[J`;
  }

  #head(run: RunDetail): string {
    const style = this.#io.errStyle;
    const over = run.tasks.succeeded + run.tasks.failed + run.tasks.skipped + run.tasks.cancelled;
    const filled = run.total === 0 ? 0 : Math.round((over / run.total) * BAR);
    const bar = style.cyan("━".repeat(filled)) + style.dim("━".repeat(BAR - filled));
    const spinner = run.state === "running" ? (SPINNER[this.#frame % SPINNER.length] ?? "") : "‖";
    const elapsed = duration(this.#now() - Date.parse(run.startedAt));
    const state = run.state === "running" ? "" : style.yellow(` ${run.state}`);
    return `${style.cyan(spinner)} ${style.bold(run.workflow)} ${style.dim(shortRun(run.run))}${state} ${bar} ${over}/${run.total}  ${elapsed}  ${style.dim(countsText(run.tasks))}`;
  }

  #running(tasks: readonly Task[]): string[] {
    const style = this.#io.errStyle;
    const active = tasks.filter(({ state }) => state === "running" || state === "held" || state === "waiting");
    const width = Math.min(40, Math.max(0, ...active.map(({ name }) => name.length)));
    const lines = active.slice(0, SHOWN).map((task) => {
      const since = task.state === "running" && task.startedAt ? duration(this.#now() - Date.parse(task.startedAt)) : task.state;
      const again = task.attempt > 1 ? style.yellow(` attempt ${task.attempt}`) : "";
      return `  ${stateMark(style, task.state)} ${oneLine(task.name, 40).padEnd(width)}  ${style.dim(since)}${again}`;
    });
    return active.length > SHOWN ? [...lines, style.dim(`  and ${active.length - SHOWN} more`)] : lines;
  }
}
