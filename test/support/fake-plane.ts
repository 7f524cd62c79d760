import { createHash } from "node:crypto";
import { type Workflow, type WorkflowDocument, workflowSchema } from "@qmoi/config";
import { ConflictError, NotFoundError, type Page, QmoiError } from "@qmoi/core";
import type { AttemptView, ControlPlane, PageRequest, RunView, TaskView, WorkflowView } from "@qmoi/runtime";

const paged = <T>(items: readonly T[], { limit = 1000, after }: PageRequest = {}): Page<T> => {
  const from = after === undefined ? 0 : Number(after);
  if (!Number.isInteger(from) || from < 0)
    throw new QmoiError("QMOI_INVALID_INPUT", "The cursor is not one of this list.", { path: "$.query.after" });
  const end = from + limit;
  return { items: items.slice(from, end), ...(end < items.length ? { next: String(end) } : {}) };
};

type Stored = WorkflowView & { readonly definition: Workflow };

/** A control plane without an engine: it keeps what it is told, and a test sets the rest. For tests of what stands on the interface only. */
export class FakePlane implements ControlPlane {
  readonly stored: Stored[] = [];
  readonly runList: RunView[] = [];
  readonly taskLists = new Map<string, TaskView[]>();
  readonly attempts: AttemptView[] = [];
  readonly keys = new Map<string, string>();
  /** Thrown by the next call of runs(). */
  defect: Error | undefined;
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async publish(document: WorkflowDocument): Promise<WorkflowView & { created: boolean }> {
    const view = await this.validate(document);
    if (view.created) this.stored.push({ ...view, definition: workflowSchema.parse(document) });
    return view;
  }

  async validate(document: WorkflowDocument): Promise<WorkflowView & { created: boolean }> {
    const parsed = workflowSchema.safeParse(document);
    if (!parsed.success) throw new QmoiError("QMOI_INVALID_WORKFLOW", parsed.error.issues[0]?.message ?? "invalid", { path: "$" });
    const version = createHash("sha256").update(JSON.stringify(parsed.data)).digest("hex");
    const { name, tasks } = parsed.data;
    const same = this.stored.find((w) => w.name === name && w.version === version);
    if (same) return { ...same, created: false };
    return {
      name,
      version,
      number: this.stored.filter((w) => w.name === name).length + 1,
      publishedAt: this.#now(),
      tasks: tasks.length,
      created: true,
    };
  }

  async workflows(page?: PageRequest): Promise<Page<WorkflowView>> {
    return paged([...new Map(this.stored.map((w) => [w.name, w])).values()], page);
  }

  async workflow(name: string, version?: string): Promise<Stored> {
    const found = this.stored.findLast((w) => w.name === name && (version === undefined || w.version.startsWith(version)));
    if (!found) throw new NotFoundError(`There is no workflow ${name}.`);
    return found;
  }

  async versions(name: string, page?: PageRequest): Promise<Page<WorkflowView>> {
    await this.workflow(name);
    return paged(this.stored.filter((w) => w.name === name).reverse(), page);
  }

  async startRun(request: Parameters<ControlPlane["startRun"]>[0]): Promise<RunView & { created: boolean }> {
    const workflow = await this.workflow(request.workflow, request.version);
    const known = request.idempotencyKey === undefined ? undefined : this.keys.get(request.idempotencyKey);
    if (known !== undefined) return { ...this.#run(known), created: false };
    const run = `${this.runList.length + 1}`.padStart(32, "a1b2c3d4e5f60718");
    if (request.idempotencyKey !== undefined) this.keys.set(request.idempotencyKey, run);
    const at = this.#now();
    const { name, version, definition } = workflow;
    const view: RunView = {
      run,
      workflow: name,
      version,
      state: "running",
      createdAt: at,
      startedAt: at,
      priority: request.priority ?? 5,
      inputs: request.inputs ?? {},
      total: workflow.tasks,
    };
    this.runList.unshift(view);
    this.taskLists.set(
      run,
      definition.tasks.map((t) => ({
        name: t.name,
        state: "pending",
        needs: (t.needs ?? []).map((n) => (typeof n === "string" ? n : n.task)),
        attempt: 0,
        pool: "default",
        slots: 1,
        type: `${name}/${t.name}`,
      })),
    );
    return { ...view, created: true };
  }

  async run(run: string): ReturnType<ControlPlane["run"]> {
    const tasks: Partial<Record<TaskView["state"], number>> = {};
    for (const task of this.#tasks(run)) tasks[task.state] = (tasks[task.state] ?? 0) + 1;
    return { ...this.#run(run), tasks };
  }

  async runs(request: Parameters<ControlPlane["runs"]>[0] = {}): Promise<Page<RunView>> {
    if (this.defect) throw this.defect;
    const { workflow, state } = request;
    return paged(
      this.runList.filter((r) => (workflow === undefined || r.workflow === workflow) && (state === undefined || r.state === state)),
      request,
    );
  }

  async tasks(run: string, request: Parameters<ControlPlane["tasks"]>[1] = {}): Promise<Page<TaskView>> {
    return paged(
      this.#tasks(run).filter((t) => request.state === undefined || t.state === request.state),
      request,
    );
  }

  async explain(run: string, task: string): ReturnType<ControlPlane["explain"]> {
    const { state } = this.#task(run, task);
    return {
      run,
      task,
      state,
      since: this.#run(run).createdAt,
      reasons: [{ kind: "needs", text: "waits for its needs", by: ["a"] }],
      attempts: [],
    };
  }

  async logs(run: string, task: string, request: PageRequest = {}): ReturnType<ControlPlane["logs"]> {
    this.#task(run, task);
    return paged(
      [1, 2, 3].map((n) => ({ attempt: 1, stream: "stdout" as const, at: this.#now(), text: `line ${n}\n` })),
      request,
    );
  }

  async history(request: Parameters<ControlPlane["history"]>[0] = {}): Promise<Page<AttemptView>> {
    return paged(this.attempts, request);
  }

  async stats({ by }: Parameters<ControlPlane["stats"]>[0]): ReturnType<ControlPlane["stats"]> {
    const zero = {
      attempts: 2,
      succeeded: 1,
      failed: 1,
      successRate: 0.5,
      p50: 1,
      p95: 2,
      p99: 2,
      queueP50: 0,
      queueP95: 0,
      cpuSeconds: 0,
      peakMemoryBytes: 0,
      throughput: 2,
    };
    return [{ group: by, ...zero }];
  }

  async deadLetters(request: PageRequest = {}): ReturnType<ControlPlane["deadLetters"]> {
    return paged([], request);
  }

  async schedules(request: PageRequest & { readonly next?: number } = {}): ReturnType<ControlPlane["schedules"]> {
    const times = Array.from({ length: request.next ?? 1 }, (_, i) => this.#now() + i * 60_000);
    return paged(
      [{ workflow: "w", schedule: "default", expression: "rate(1 minute)", timezone: "UTC", enabled: true, next: times }],
      request,
    );
  }

  cancel = async (run: string, reason?: string): Promise<RunView> => this.#move(run, "cancelled", reason);
  pause = async (run: string, reason?: string): Promise<RunView> => this.#move(run, "paused", reason);
  resume = async (run: string, reason?: string): Promise<RunView> => this.#move(run, "running", reason);
  redrive = async (run: string, request: { readonly reason?: string } = {}): Promise<RunView> => this.#move(run, "running", request.reason);

  async settle(run: string, task: string, _outcome: string, reason?: string): Promise<RunView> {
    if (this.#task(run, task).state !== "held") throw new ConflictError(`Task ${task} is not held.`);
    return this.#move(run, "running", reason);
  }

  #run(run: string): RunView {
    const found = this.runList.find((r) => r.run === run);
    if (!found) throw new NotFoundError(`There is no run ${run}.`);
    return found;
  }

  #tasks(run: string): TaskView[] {
    this.#run(run);
    return this.taskLists.get(run) ?? [];
  }

  #task(run: string, task: string): TaskView {
    const found = this.#tasks(run).find((t) => t.name === task);
    if (!found) throw new NotFoundError(`Run ${run} has no task ${task}.`);
    return found;
  }

  #move(run: string, state: RunView["state"], reason: string | undefined): RunView {
    const view: RunView = { ...this.#run(run), state, ...(reason === undefined ? {} : { reason }) };
    this.runList[this.runList.findIndex((r) => r.run === run)] = view;
    return view;
  }
}
