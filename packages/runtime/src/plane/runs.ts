import { BIT, isTerminal } from "@qmoi/advanced-automation";
import { NotFoundError, type Page, QmoiError } from "@qmoi/core";
import type { AttemptView, Explanation, PageRequest, RunState, RunView, TaskCounts, TaskState, TaskView } from "../control-plane.ts";
import type { Engine } from "../engine.ts";
import { horizonOf } from "../forecast/run-horizon.ts";
import { ATTEMPT_TASKS, type AttemptItem, attemptOf, endSeqOf, type HeaderItem, isEnded, keys, startSeqOf } from "../items.ts";
import { isOfRun } from "../of-run.ts";
import type { RunEntry } from "../run-entry.ts";
import { attemptsOf, loadRun, readInputs } from "../run-loader.ts";
import { listHeads } from "../workflows.ts";
import { explanations } from "./explanations.ts";
import { attemptView, countTasks, optional, runView, taskView } from "./views.ts";

const MOST_PER_PAGE = 1000;

/** Reads runs and tasks for people. Strong reads: what was confirmed is seen. */
export class RunReader {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The run as stored. Errors: QMOI_NOT_FOUND. */
  async entry(run: string): Promise<RunEntry> {
    const entry = /^[0-9a-z]{1,40}$/.test(run) ? await loadRun(this.#engine.ports, this.#engine.definitions, run) : undefined;
    if (!entry || this.#expired(entry.header))
      throw new NotFoundError(`There is no run "${run}".`, { remedy: "List the runs with `qmoi runs`." });
    const live = this.#engine.decider.runs.get(run);
    if (live) for (const [task, at] of live.readyAt) entry.readyAt.set(task, at);
    return entry;
  }

  async run(run: string): Promise<RunView & { readonly tasks: TaskCounts }> {
    const entry = await this.entry(run);
    const running = isEnded(entry.header) ? new Set<number>() : await this.#running(entry);
    const forecast = await horizonOf(this.#engine, this.#engine.decider.runs.get(run) ?? entry);
    const tasks = countTasks(entry, running, this.#engine.ports.clock.now());
    return { ...runView(entry.header, entry.inputs), tasks, ...(forecast ? { forecast } : {}) };
  }

  /** Newest first; over all workflows, or one. */
  async runs(request: PageRequest & { workflow?: string; state?: RunState } = {}): Promise<Page<RunView>> {
    // The index is asked for one more, and gives no more than a page.
    const limit = Math.min(request.limit ?? 50, MOST_PER_PAGE - 1);
    const found: RunView[] = [];
    let before = request.after;
    for (;;) {
      const page = await this.#newest(request.workflow, limit, before);
      for (const { is, pk } of page) {
        before = is;
        const header = (await this.#engine.ports.table.get({ pk, sk: "H" })) as HeaderItem | undefined;
        if (!header || this.#expired(header) || (request.state && header.st !== request.state)) continue;
        const live = this.#engine.decider.runs.get(header.pk.slice(2));
        const forecast = live && (await horizonOf(this.#engine, live));
        found.push({ ...runView(header, await readInputs(this.#engine.ports, header)), ...(forecast ? { forecast } : {}) });
        if (found.length === limit) return { items: found, next: is };
      }
      if (page.length < limit) return { items: found };
    }
  }

  async tasks(run: string, request: PageRequest & { state?: TaskState } = {}): Promise<Page<TaskView>> {
    const entry = await this.entry(run);
    const limit = Math.min(request.limit ?? MOST_PER_PAGE, MOST_PER_PAGE);
    const first = request.after === undefined ? 0 : Number(request.after);
    if (!Number.isSafeInteger(first) || first < 0)
      throw new QmoiError("QMOI_INVALID_INPUT", "The cursor is not one of this list.", { path: "$.after" });
    const now = this.#engine.ports.clock.now();
    const items: TaskView[] = [];
    let latest = new Map<number, AttemptItem>();
    let loaded = -1;
    for (let task = first; task < entry.state.size; task++) {
      if (Math.floor(task / ATTEMPT_TASKS) !== loaded) {
        loaded = Math.floor(task / ATTEMPT_TASKS);
        latest = await this.#latest(entry, loaded * ATTEMPT_TASKS);
      }
      const view = await this.#withInstances(entry, task, taskView(entry, task, latest.get(task), now));
      if (request.state && view.state !== request.state) continue;
      items.push(view);
      if (items.length === limit) return task + 1 < entry.state.size ? { items, next: String(task + 1) } : { items };
    }
    return { items };
  }

  async explain(run: string, name: string): Promise<Explanation> {
    const entry = await this.entry(run);
    const task = this.taskNumber(entry, name);
    const attempts = await this.attempts(entry, task);
    const latest = attempts.at(-1);
    const now = this.#engine.ports.clock.now();
    const { reasons, since } = await (await explanations.load())(this.#engine, this.#engine.decider.runs.get(run) ?? entry, task, latest);
    const view = taskView(entry, task, latest, now);
    return {
      run,
      task: view.name,
      state: view.state,
      since,
      reasons,
      attempts: await Promise.all(attempts.map((item) => this.#full(entry, task, item))),
      ...this.#forecast(entry, task),
    };
  }

  #forecast({ graph, state }: RunEntry, task: number): Pick<Explanation, "forecast"> {
    const found = state.locate(task).task;
    const { forecasts } = this.#engine;
    const seconds = forecasts.seconds(graph, found);
    const memory = forecasts.bytes(graph, found);
    return seconds ? { forecast: { seconds, ...(memory ? { memory } : {}) } } : {};
  }

  /** A forEach begins with its first instance and ends with its last. */
  async #withInstances(entry: RunEntry, task: number, view: TaskView): Promise<TaskView> {
    const expansion = entry.state.expansions.find((one) => one.template === task && one.count > 0);
    if (!expansion) return view;
    const items: AttemptItem[] = [];
    for (
      let first = expansion.offset;
      first < expansion.offset + expansion.count;
      first = (Math.floor(first / ATTEMPT_TASKS) + 1) * ATTEMPT_TASKS
    ) {
      for (const [number, item] of await this.#latest(entry, first)) {
        if (number >= expansion.offset && number < expansion.offset + expansion.count && item.s !== "void") items.push(item);
      }
    }
    const span = (pick: (item: AttemptItem) => number | undefined, best: (...values: number[]) => number): number | undefined => {
      const values = items.map(pick);
      return values.length === 0 || values.includes(undefined) ? undefined : best(...(values as number[]));
    };
    const ended = isTerminal(entry.state.bit(task)) && items.length === expansion.count;
    return {
      ...view,
      ...optional({
        readyAt: span((item) => item.ra, Math.min),
        startedAt: span((item) => item.sa, Math.min),
        startSeq: span(startSeqOf, Math.min),
        endedAt: ended ? span((item) => item.ea, Math.max) : undefined,
        endSeq: ended ? span(endSeqOf, Math.max) : undefined,
      }),
    };
  }

  taskNumber(entry: RunEntry, name: string): number {
    const task = entry.state.numberOf(name);
    if (task === undefined)
      throw new NotFoundError(`Run ${entry.run} has no task "${name}".`, { remedy: `List them with \`qmoi tasks ${entry.run}\`.` });
    return task;
  }

  /** Attempts of a task, oldest first. */
  async attempts(entry: RunEntry, task: number): Promise<readonly AttemptItem[]> {
    const page = await this.#engine.ports.table.query({ pk: keys.attempts(entry.run, task), prefix: keys.attemptsOfTask(task) });
    return (page.items as readonly AttemptItem[]).filter((item) => isOfRun(item, entry.header));
  }

  async #full(entry: RunEntry, task: number, item: AttemptItem): Promise<AttemptView> {
    const view = attemptView(entry, task, item);
    return item.ob === undefined ? view : { ...view, ...optional({ output: await this.#engine.outputs.load(item) }) };
  }

  async #latest(entry: RunEntry, first: number): Promise<Map<number, AttemptItem>> {
    const latest = new Map<number, AttemptItem>();
    for (let after: string | undefined; ; ) {
      const page = await this.#engine.ports.table.query({ pk: keys.attempts(entry.run, first), ...(after === undefined ? {} : { after }) });
      for (const item of page.items) {
        const at = attemptOf(item);
        if (at && isOfRun(item as AttemptItem, entry.header)) latest.set(at.task, item as AttemptItem);
      }
      if (page.next === undefined) return latest;
      after = page.next;
    }
  }

  async #running(entry: RunEntry): Promise<Set<number>> {
    const running = new Set<number>();
    for await (const { task, item } of attemptsOf(this.#engine.ports, entry.header, entry.state.size))
      if (item.s === "running") running.add(task);
    for (const { template } of entry.state.expansions) if (!isTerminal(entry.state.bit(template))) running.add(template);
    return running;
  }

  /** Index entries older than `before`, newest first, over one workflow or all. */
  async #newest(workflow: string | undefined, limit: number, before: string | undefined): Promise<readonly { is: string; pk: string }[]> {
    const names: string[] = [];
    if (workflow === undefined) for await (const head of listHeads(this.#engine.ports)) names.push(head.sk);
    else names.push(workflow);
    const to = before === undefined ? {} : { to: before };
    const pages = await Promise.all(
      names.map((name) =>
        this.#engine.ports.table.queryIndex({ index: 1, pk: keys.workflowIndex(name), reverse: true, limit: limit + 1, ...to }),
      ),
    );
    const all = pages.flatMap((page) => page.items.map(({ is, pk }) => ({ is, pk }))).filter(({ is }) => is !== before);
    return all.sort((a, b) => (a.is < b.is ? 1 : -1)).slice(0, limit);
  }

  #expired(header: HeaderItem): boolean {
    return header.ttl !== undefined && header.ttl * 1000 <= this.#engine.ports.clock.now();
  }
}

/** Whether a person must decide the task. */
export const isHeld = (entry: RunEntry, task: number): boolean => entry.state.bit(task) === BIT.held;
