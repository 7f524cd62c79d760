import type { Workflow, WorkflowSchedule } from "@qmoi/config";
import {
  decideOverlap,
  hasCode,
  type Item,
  type Json,
  type JsonObject,
  nextAfter,
  type PlannedFiring,
  type Position,
  parseSchedule,
  planFirings,
  sha256,
} from "@qmoi/core";
import type { Engine } from "./engine.ts";
import { type HeaderItem, isEnded, keys, unchanged } from "./items.ts";
import { payRun, runId } from "./run-starter.ts";
import { listHeads } from "./workflows.ts";

/** How far a schedule was followed, and what of it runs or waits. */
export interface CursorItem extends Item {
  readonly position: Json;
  readonly running: readonly string[];
  readonly queued: readonly string[];
}

/** A nominal time's record: once written, its decision stands. */
export interface FiringItem extends Item {
  readonly d: "fired" | "queued" | "skipped";
  readonly why: string;
  readonly run?: string;
  readonly nom: number;
}

const LONGEST_SLEEP_MS = 60_000;

/** Fires what is due. Each nominal time gets one record, by a write that only one engine wins; the run's id derives from it. */
export class Schedules {
  readonly #engine: Engine;
  #cancel: () => void = () => undefined;
  #passing: Promise<void> | undefined;
  #stopped = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Decides every nominal time up to now, and sleeps until the next one. */
  pass(): Promise<void> {
    this.#passing ??= this.#pass().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #pass(): Promise<void> {
    const { ports } = this.#engine;
    let soonest = ports.clock.now() + LONGEST_SLEEP_MS;
    for await (const head of listHeads(ports)) {
      if (!head.sc) continue;
      const { workflow } = await this.#engine.definitions.graph(head.ver);
      for (const schedule of workflow.schedules ?? []) {
        if (!schedule.enabled) continue;
        soonest = Math.min(soonest, await this.#follow(workflow, head.ver, schedule, head.at));
      }
    }
    this.#cancel();
    if (this.#stopped) return;
    this.#cancel = ports.clock.after(Math.max(0, soonest - ports.clock.now()), () => {
      this.pass().catch((error) => ports.logger.log("warn", "schedules not followed; the tick repeats it", { error }));
    });
  }

  /** One schedule; returns its next nominal time. */
  async #follow(workflow: Workflow, version: string, schedule: WorkflowSchedule, publishedAt: number): Promise<number> {
    const { ports } = this.#engine;
    const name = scheduleName(workflow, schedule);
    const parsed = parseSchedule(schedule.expression, schedule.timezone, { anchor: publishedAt });
    // One time for all parts of the plan: the misfire cap holds over them.
    const now = ports.clock.now();
    for (let more = true; more; ) {
      const cursor = (await ports.table.get(keys.scheduleCursor(name))) as CursorItem | undefined;
      const plan = planFirings({
        schedule: parsed,
        lastNominal: (cursor?.position ?? publishedAt) as unknown as Position,
        now,
        misfire: schedule.misfire,
        cap: schedule.misfireCap,
        limit: 100,
      });
      let running = await this.#stillRunning(cursor?.running ?? []);
      let queued = [...(cursor?.queued ?? [])];
      for (const firing of plan.firings) {
        const record = await this.#record(name, workflow, schedule, firing, running.length, queued.length);
        const run = record.run;
        if (record.d === "skipped" || run === undefined) continue;
        if (record.d === "queued") {
          if (!queued.includes(run)) queued = [...queued, run];
          continue;
        }
        if (record.why === "replaces-running") {
          for (const old of running) await this.#cancelRun(old, name);
          queued = [];
        }
        if (await this.#start(name, workflow, version, schedule, run, record.nom)) running = [...running, run];
      }
      const next = queued[0];
      if (running.length === 0 && next !== undefined) {
        queued = queued.slice(1);
        if (await this.#start(name, workflow, version, schedule, next, undefined)) running = [next];
      }
      more = plan.more;
      if (plan.firings.length === 0 && cursor && same(cursor.running, running) && same(cursor.queued, queued)) break;
      const item: CursorItem = {
        ...keys.scheduleCursor(name),
        v: (cursor?.v ?? 0) + 1,
        position: plan.position as unknown as Json,
        running,
        queued,
      };
      try {
        await ports.table.put(item, { when: unchanged("schedule.cursor", cursor) });
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
        more = true;
      }
    }
    return nextAfter(parsed, ports.clock.now()) ?? Number.POSITIVE_INFINITY;
  }

  /** The decision on a nominal time: the one that is recorded, else made and recorded now. */
  async #record(
    name: string,
    workflow: Workflow,
    schedule: WorkflowSchedule,
    firing: PlannedFiring,
    running: number,
    queued: number,
  ): Promise<FiringItem> {
    const { ports } = this.#engine;
    const key = { pk: `S#${name}`, sk: `N#${firing.key}` };
    const run = runId(firing.nominal.at, sha256(`${name}\n${firing.key}`));
    const overlap = decideOverlap({ policy: schedule.overlap, running, queued });
    const wanted = firing.decision === "fire" && overlap.action !== "skip";
    // Who has paid for nothing is told from who was refused by the record: it stands once it is written.
    const known = wanted && workflow.spawnBudget ? ((await ports.table.get(key)) as FiringItem | undefined) : undefined;
    if (known) return known;
    const refusal = wanted ? await this.#refusal(name, workflow, schedule, run) : undefined;
    const fires = wanted && refusal === undefined;
    const item: FiringItem = {
      ...key,
      v: 1,
      ttl: Math.floor(ports.clock.now() / 1000) + ports.settings().historyDays * 86_400,
      d: fires ? (overlap.action === "queue" ? "queued" : "fired") : "skipped",
      why:
        refusal ??
        (firing.decision === "skip" || overlap.reason === "free" || overlap.reason === "allowed" ? firing.reason : overlap.reason),
      nom: firing.nominal.at,
      ...(fires ? { run } : {}),
    };
    try {
      await ports.table.put(item, { when: { site: "firing.record", absent: true } });
      return item;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      return (await ports.table.get(item)) as FiringItem;
    }
  }

  /** Why a firing's run may not start: its inputs are wrong, or the spawn budget is spent. Otherwise it is paid for. */
  async #refusal(name: string, workflow: Workflow, schedule: WorkflowSchedule, run: string): Promise<string | undefined> {
    const { ports } = this.#engine;
    try {
      await ports.checks.inputs(workflow, (schedule.inputs ?? {}) as JsonObject);
      await payRun(ports, workflow, run);
      return undefined;
    } catch (error) {
      if (!hasCode(error, "QMOI_SPAWN_BUDGET") && !hasCode(error, "QMOI_INVALID_INPUT")) throw error;
      ports.logger.log("warn", "scheduled run not started", { workflow: workflow.name, schedule: name, run, error });
      return error.code;
    }
  }

  /** Starts the run of a firing, if it doesn't exist. */
  async #start(
    name: string,
    workflow: Workflow,
    version: string,
    schedule: WorkflowSchedule,
    run: string,
    nominal: number | undefined,
  ): Promise<boolean> {
    const { ports, definitions } = this.#engine;
    try {
      const graph = await definitions.graph(version);
      const request = { run, graph, inputs: (schedule.inputs ?? {}) as Record<string, Json>, schedule: name, paid: true };
      const { header } = await this.#engine.create(nominal === undefined ? request : { ...request, nominal });
      return !isEnded(header);
    } catch (error) {
      if (hasCode(error, "QMOI_IDEMPOTENCY_MISMATCH")) return true;
      // A newer version of the workflow takes other inputs.
      if (!hasCode(error, "QMOI_INVALID_INPUT")) throw error;
      ports.logger.log("warn", "scheduled run not started", { workflow: workflow.name, schedule: name, run, error });
      return false;
    }
  }

  async #stillRunning(runs: readonly string[]): Promise<readonly string[]> {
    const headers = await Promise.all(runs.map((run) => this.#engine.ports.table.get(keys.header(run)) as Promise<HeaderItem | undefined>));
    return runs.filter((_, n) => headers[n] !== undefined && !isEnded(headers[n]));
  }

  async #cancelRun(run: string, name: string): Promise<void> {
    await this.#engine.decider.transact(run, async (entry) => ({
      patch:
        isEnded(entry.header) || entry.header.st === "cancelling"
          ? {}
          : { st: "cancelling" as const, why: `replaced by the next firing of ${name}` },
      result: undefined,
    }));
  }
}

export const scheduleName = (workflow: Workflow, schedule: WorkflowSchedule): string => `${workflow.name}/${schedule.name ?? "default"}`;

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one, n) => one === b[n]);
