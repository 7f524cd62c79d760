import { tmpdir } from "node:os";
import type { TaskFunction } from "@qmoi/adapters";
import type { WorkflowDocument } from "@qmoi/config";
import { type LocalSystem, openLocal } from "@qmoi/local";
import type { RunView, StartRunRequest, TaskView } from "@qmoi/runtime";

/** A started system in memory with a few trusted functions, and what tests do with it all the time. */
export class Laptop {
  readonly system: LocalSystem;

  private constructor(system: LocalSystem) {
    this.system = system;
  }

  static async start(functions: Readonly<Record<string, TaskFunction>> = {}, env: Record<string, string> = {}): Promise<Laptop> {
    const inline = new Map<string, TaskFunction>(Object.entries({ noop: () => null, echo: (input) => input, ...functions }));
    const system = await openLocal({ dataDir: tmpdir(), inMemory: true, inline, env });
    await system.start();
    return new Laptop(system);
  }

  get plane() {
    return this.system.plane;
  }

  /** Publishes and starts. */
  async start(document: WorkflowDocument, request: Omit<StartRunRequest, "workflow"> = {}): Promise<string> {
    await this.plane.publish(document);
    return (await this.plane.startRun({ workflow: document.name, ...request })).run;
  }

  /** Waits for the run's end. */
  async ended(run: string): Promise<RunView & { tasks: Record<string, TaskView> }> {
    return this.until(run, (view) => view.endedAt !== undefined);
  }

  /** Publishes, starts and waits for the end. */
  async run(
    document: WorkflowDocument,
    request: Omit<StartRunRequest, "workflow"> = {},
  ): Promise<RunView & { tasks: Record<string, TaskView> }> {
    return this.ended(await this.start(document, request));
  }

  /** Waits until the run, with its tasks by name, is as asked. */
  async until(
    run: string,
    holds: (view: RunView & { tasks: Record<string, TaskView> }) => boolean,
  ): Promise<RunView & { tasks: Record<string, TaskView> }> {
    for (;;) {
      const header = await this.plane.run(run);
      const { items } = await this.plane.tasks(run);
      const view = { ...header, tasks: Object.fromEntries(items.map((task) => [task.name, task])) };
      if (holds(view)) return view;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop(): Promise<void> {
    await this.system.stop();
  }
}

/** A target that calls one of the trusted functions. */
export const call = (name: string) => ({ type: "function", module: `inline:${name}` }) as const;
export const wait = (seconds: number) => ({ type: "wait", seconds }) as const;
/** A shell command. */
export const sh = (script: string, more: object = {}) => ({ type: "process" as const, command: "sh", args: ["-c", script], ...more });
