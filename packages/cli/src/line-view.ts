import type { RunDetail, Task } from "@qmoi/client";
import { MANY_TASKS, type RunView } from "./follow.ts";
import { runForecastText } from "./forecast/forecast-text.ts";
import { duration, oneLine, plural } from "./format.ts";
import type { Io } from "./io.ts";
import { countsText, isOver, stateText } from "./states.ts";

/** One line for each change: for logs and pipes. Of many tasks only the counts, each 5 percent. */
export class LineView implements RunView {
  readonly #io: Io;
  readonly #seen = new Map<string, string>();
  #run: RunDetail | undefined;
  #step = 0;
  #late: "will" | "may" | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  update(run: RunDetail, tasks: readonly Task[]): void {
    if (this.#run === undefined) this.#io.err(`run ${run.run} of ${run.workflow}: ${plural(run.total, "task")}\n`);
    if (run.total > MANY_TASKS) this.#count(run);
    else for (const task of tasks) this.#tell(task);
    this.#warn(run);
    // How it ended is the summary's to tell.
    if (this.#run !== undefined && this.#run.state !== run.state && !isOver(run.state)) this.#io.err(`run is ${run.state}\n`);
    this.#run = run;
  }

  end(): void {
    this.#seen.clear();
  }

  /** Once each time that it changes whether the run may be late. */
  #warn({ forecast }: RunDetail): void {
    const late = forecast?.late ? (forecast.late.lo > 0 ? "will" : "may") : undefined;
    if (forecast && late !== this.#late) this.#io.err(`  ${runForecastText(this.#io.errStyle, forecast)}\n`);
    if (forecast) this.#late = late;
  }

  #tell(task: Task): void {
    const now = `${task.state} ${task.attempt}`;
    const before = this.#seen.get(task.name);
    this.#seen.set(task.name, now);
    if (before === now || ["pending", "ready"].includes(task.state)) return;
    const style = this.#io.errStyle;
    const took = task.startedAt && task.endedAt ? `  ${duration(Date.parse(task.endedAt) - Date.parse(task.startedAt))}` : "";
    const again = task.attempt > 1 ? `  attempt ${task.attempt}` : "";
    const why = task.failure ? `  ${oneLine(`${task.failure.code}: ${task.failure.message}`)}` : "";
    this.#io.err(`  ${stateText(style, task.state)}  ${task.name}${took}${again}${why}\n`);
  }

  #count(run: RunDetail): void {
    const { succeeded, failed, skipped, cancelled } = run.tasks;
    const step = Math.floor(((succeeded + failed + skipped + cancelled) / run.total) * 20);
    if (step <= this.#step) return;
    this.#step = step;
    this.#io.err(`  ${step * 5}%  ${countsText(run.tasks)}\n`);
  }
}
