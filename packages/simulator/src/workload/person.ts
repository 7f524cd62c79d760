import type { WorkflowDocument } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";
import { type ControlItem, type ControlPlane, keys } from "@qmoi/runtime";
import type { Cluster, Process } from "../cluster.ts";
import { hasEnded, type RunRecord } from "../ledger.ts";
import type { SeededRandom } from "../random.ts";
import { Masters } from "./masters.ts";
import type { Arrival } from "./workload.ts";

/** Refusals that a person must expect. */
const EXPECTED: ReadonlySet<string> = new Set([
  "QMOI_RUN_TERMINAL",
  "QMOI_RUN_NOT_TERMINAL",
  "QMOI_TASK_NOT_HELD",
  "QMOI_SPAWN_BUDGET",
  "QMOI_NOT_FOUND",
  // Somebody else has stopped the system, or lets it run again, since the preview.
  "QMOI_CONFIRMATION_REQUIRED",
  "QMOI_RESTORING",
  "QMOI_THROTTLED",
  "QMOI_STORE_UNAVAILABLE",
]);
/** Refusals that pass. */
const LATER: ReadonlySet<string> = new Set(["QMOI_RESTORING", "QMOI_THROTTLED", "QMOI_STORE_UNAVAILABLE", "QMOI_SPAWN_BUDGET"]);
const PREVIEWED: ReadonlySet<string> = new Set([...LATER, "QMOI_CONFIRMATION_REQUIRED"]);
const AGAIN_MS = 3_000;
/** After so long without an answer a person asks somebody else. */
const PATIENCE_MS = 20_000;

type Ask<T> = (plane: ControlPlane, process: Process) => Promise<T>;

/** The people of a world: they publish, start, stop, look and decide, through whichever engine answers. */
export class Person {
  readonly #cluster: Cluster;
  readonly #random: SeededRandom;
  readonly #masters = new Masters();
  /** What was asked and not answered yet. */
  asking = 0;
  #stops = 0;

  constructor(cluster: Cluster, random: SeededRandom) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Asks until there is an answer; a refusal that can't change is one. */
  insist<T>(ask: Ask<T>, answered: (value: T | undefined) => void = () => undefined, again = LATER): void {
    this.asking++;
    let done = false;
    const end = (value: T | undefined): void => {
      if (done) return;
      done = true;
      this.asking--;
      answered(value);
    };
    const attempt = (): void => {
      if (done) return;
      let open = true;
      const retry = (): void => {
        if (!open) return;
        open = false;
        this.#cluster.world.after(AGAIN_MS, undefined, attempt);
      };
      this.#ask(ask, end, (code) => (again.has(code) ? retry() : end(undefined)));
      this.#cluster.world.after(PATIENCE_MS, undefined, retry);
    };
    attempt();
  }

  publish(workflow: WorkflowDocument, published: () => void): void {
    this.insist((plane) => plane.publish(workflow), published);
  }

  /** Starts a run; now and then two people do, with the same key. */
  start({ workflow, inputs, key }: Arrival): void {
    // Its publication may still be under way.
    const again = new Set([...LATER, "QMOI_NOT_FOUND"]);
    for (let people = this.#random.chance(0.3) ? 2 : 1; people > 0; people--)
      this.insist((plane) => plane.startRun({ workflow, inputs, idempotencyKey: key }), undefined, again);
  }

  /** Does one thing that people do at random moments. */
  meddle(): void {
    const { world, judge } = this.#cluster;
    const random = this.#random;
    const run = this.#anyRun();
    const what = random.pick(["cancel", "pause", "pause", "redrive", "stop", "discard"]);
    for (const held of judge.ledger.runs.values()) if (random.chance(0.2)) this.#settle(held);
    if (what === "stop" || what === "discard") {
      const key = `stop ${++this.#stops}`;
      const lift = (): void => void world.after(random.between(200, 20_000), undefined, () => this.#lift());
      // Now and then by two people at the same time, with the same key.
      for (let people = random.chance(0.4) ? 2 : 1; people > 0; people--)
        this.insist((_, process) => this.#masters.stop(process, what === "discard", key), lift, PREVIEWED);
    } else if (!run) return;
    else if (what === "pause") {
      this.#once((plane) => plane.pause(run.run));
      world.after(random.between(200, 30_000), undefined, () => this.#once((plane) => plane.resume(run.run)));
    } else if (what === "redrive") {
      judge.redriven.add(run.run);
      this.#once((plane) => plane.redrive(run.run));
    } else this.#once((plane) => plane.cancel(run.run));
  }

  #lift(): void {
    this.#once((_, process) => this.#masters.lift(process));
  }

  /** What the schedule of the master's module does, wherever it is met. */
  tick(): void {
    this.#once((_, process) => this.#masters.pass(process));
  }

  /** Sets right what only a person can: starts what is stopped, resumes what is paused, decides what is held. */
  tidy(): void {
    const { judge, store } = this.#cluster;
    if ((store.peek(keys.control) as ControlItem | undefined)?.mode === "stopped") this.#lift();
    for (const run of judge.ledger.runs.values()) {
      if (run.header.st === "paused") this.#once((plane) => plane.resume(run.run));
      else if (!hasEnded(run.header)) this.#settle(run);
    }
  }

  /** Decides everything that is held by now. Those of one run meet each other at its header. */
  decide(): void {
    for (const run of this.#cluster.judge.ledger.runs.values()) this.#settle(run);
  }

  #settle(run: RunRecord): void {
    const { judge } = this.#cluster;
    for (const [task, bit] of run.bits.entries()) {
      if (bit !== 3) continue;
      const template = judge.ledger.templateOf(run, task);
      const name = template === task ? run.graph.tasks[task]?.name : undefined;
      const expansion = run.header.exp?.find(([one]) => one === template);
      const full = name ?? `${run.graph.tasks[template]?.name}[${task - (expansion?.[1] ?? 0)}]`;
      // Now and then two people decide at the same time.
      for (let people = this.#random.chance(0.4) ? 2 : 1; people > 0; people--) {
        const outcome = this.#random.pick(["succeeded", "failed", "retry"] as const);
        judge.decisions.set(`${run.run}/${task}`, (judge.decisions.get(`${run.run}/${task}`) ?? 0) + 1);
        this.#once((plane) => plane.settle(run.run, full, outcome, "decided"));
      }
    }
  }

  /** Looks at something. */
  look(): void {
    const { judge } = this.#cluster;
    const random = this.#random;
    const run = this.#anyRun();
    const task = run ? random.pick(run.graph.tasks).name : "-";
    const looks: Ask<unknown>[] = [
      (plane) => plane.workflows(),
      (plane) => plane.runs({ limit: 5 }),
      (plane) => plane.stats({ by: random.pick(["workflow", "type", "day"]), days: random.pick([1, 2, 7]) }),
      (plane) => plane.deadLetters(),
      (plane) => plane.history({ limit: 10 }),
      ...[...judge.scheduled.keys()].flatMap((workflow): Ask<unknown>[] => [
        (plane) => plane.schedules(),
        (plane) => plane.schedules({ workflow }),
        (plane) => plane.schedules({ workflow, next: 1 }),
      ]),
    ];
    if (run) {
      looks.push(
        (plane) => plane.run(run.run),
        (plane) => plane.tasks(run.run),
        (plane) => plane.explain(run.run, task),
        (plane) => plane.logs(run.run, task),
        (plane) => plane.history({ run: run.run }),
        (plane) => plane.runs({ workflow: run.header.wf }),
        (plane) => plane.versions(run.header.wf),
        (plane) => plane.validate(run.graph.workflow as WorkflowDocument),
        (plane) => plane.workflow(run.header.wf, run.header.ver.slice(0, 8)),
      );
    }
    this.#once(random.pick(looks));
  }

  #anyRun(): RunRecord | undefined {
    const runs = [...this.#cluster.judge.ledger.runs.values()];
    return runs.length === 0 ? undefined : this.#random.pick(runs);
  }

  #once(ask: Ask<unknown>): void {
    this.#ask(
      ask,
      () => undefined,
      () => undefined,
    );
  }

  /** Asks some engine that decides; nobody may be there. */
  #ask<T>(ask: Ask<T>, answered: (value: T) => void, refused: (code: string) => void): void {
    const { processes, judge } = this.#cluster;
    const able = [...processes.values()].filter(({ roles }) => roles.decides !== false);
    if (able.length === 0) return;
    const process = this.#random.pick<Process>(able);
    const { plane, life } = process;
    ask(plane, process).then(answered, (error: unknown) => {
      const code = error instanceof QmoiError ? error.code : "";
      if (!EXPECTED.has(code)) judge.tell("logged", { life, level: "error", message: "a person was refused", fields: { error } });
      refused(code);
    });
  }
}
