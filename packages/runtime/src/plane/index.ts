import type { Workflow, WorkflowDocument } from "@qmoi/config";
import { hasCode, Late, nextAfter, parseSchedule, QmoiError } from "@qmoi/core";
import { firstIn } from "@qmoi/master-automation";
import type { ControlPlane, RunView, ScheduleView, StartRunRequest } from "../control-plane.ts";
import type { Engine } from "../engine.ts";
import { passGates } from "../fold.ts";
import { type AttemptItem, activeKeys, isEnded, keys } from "../items.ts";
import { replaceStray, strayAt } from "../of-run.ts";
import type { RunEntry } from "../run-entry.ts";
import { attemptsOf } from "../run-loader.ts";
import { runId, runIdOfKey } from "../run-starter.ts";
import { type FiringItem, scheduleName } from "../schedules.ts";
import { Workflows } from "../workflows.ts";
import { checkHere } from "./check-here.ts";
import { readDeadLetters, readHistory, readLogs, readStatistics } from "./history.ts";
import { RunReader } from "./runs.ts";
import { runView } from "./views.ts";

/** The control plane of one engine. */
export const createControlPlane = (engine: Engine): ControlPlane => {
  const { ports, definitions } = engine;
  const workflows = new Workflows(ports, definitions);
  const reader = new RunReader(engine);
  const forecasts = /* @__PURE__ */ new Late("Forecasts", async () => (await import("./forecasts.ts")).forecastPlane(engine));
  const advice = /* @__PURE__ */ new Late("Advice", async () => (await import("../advice/advice-plane.ts")).advicePlane(engine));
  const check = (document: WorkflowDocument): Promise<Workflow> => checkHere(ports, document);
  const change = async (run: string, apply: (entry: RunEntry) => Promise<object> | object): Promise<RunView> => {
    engine.refuseHalted();
    await reader.entry(run);
    return engine.decider
      .transact(run, async (entry) => {
        const patch = await apply(entry);
        return { patch, result: undefined };
      })
      .then(async () => {
        // It is done whether or not somebody can be told.
        await engine.changed(run).catch((error) => ports.logger.log("warn", "nobody told of a change; the tick finds it", { run, error }));
        const entry = await reader.entry(run);
        return runView(entry.header, entry.inputs);
      });
  };
  return {
    forecaster: async () => (await forecasts.load()).forecaster(),
    forecastTypes: async (request) => (await forecasts.load()).forecastTypes(request),
    explainForecast: async (task) => (await forecasts.load()).explainForecast(task),
    trainForecasts: async (request) => (await forecasts.load()).trainForecasts(request),
    taskProfiles: async (request) => (await advice.load()).taskProfiles(request),
    order: async () => (await advice.load()).order(),
    recommendations: async () => (await advice.load()).recommendations(),
    publish: async (document) => {
      engine.refuseHalted();
      const published = await workflows.publish(await check(document));
      void engine.followSchedules().catch((error) => ports.logger.log("warn", "schedules not followed", { error }));
      return published;
    },
    validate: async (document) => workflows.preview(await check(document)),
    workflows: (page) => workflows.list(page),
    workflow: (name, version) => workflows.get(name, version),
    versions: (name, page) => workflows.versions(name, page),
    startRun: (request) => startRun(engine, workflows, request),
    run: (run) => reader.run(run),
    runs: (request) => reader.runs(request),
    tasks: (run, request) => reader.tasks(run, request),
    explain: (run, task) => reader.explain(run, task),
    logs: (run, task, request) => readLogs(engine, reader, run, task, request ?? {}),
    history: (request) => readHistory(engine, reader, request ?? {}),
    stats: (request) => readStatistics(engine, request),
    deadLetters: (request) => readDeadLetters(engine, request ?? {}),
    schedules: (request) => listSchedules(engine, workflows, request ?? {}),
    cancel: (run, reason) => change(run, (entry) => cancelPatch(entry, reason)),
    pause: (run, reason) => change(run, (entry) => pausePatch(entry, reason)),
    resume: (run, reason) => change(run, (entry) => resumePatch(engine, entry, reason)),
    redrive: (run, request) => {
      const made: Made = {};
      return change(run, (entry) => redrivePatch(engine, entry, made, request?.reason));
    },
    settle: async (run, task, outcome, reason) => {
      const entry = await reader.entry(run);
      const number = reader.taskNumber(entry, task);
      // What is held when this was asked is what it decides, not what may be held later.
      const held = entry.state.isHeld(number) ? { held: entry.retryOf(number).next } : {};
      const decision: Decision = { task: number, name: task, outcome, token: ports.random.id(), ...held };
      return change(run, (entry) => settlePatch(engine, entry, decision, reason));
    },
  };
};

const why = (reason: string | undefined): { why?: string } => (reason === undefined ? {} : { why: reason });

const refuseEnded = (entry: RunEntry): void => {
  if (isEnded(entry.header))
    throw new QmoiError(
      "QMOI_RUN_TERMINAL",
      `Run ${entry.run} has ${entry.header.st === "cancelled" ? "been cancelled" : entry.header.st}.`,
    );
};

const cancelPatch = (entry: RunEntry, reason: string | undefined): object => {
  if (entry.header.st === "cancelled" || entry.header.st === "cancelling") return {};
  refuseEnded(entry);
  return { st: "cancelling", ...why(reason) };
};

const pausePatch = (entry: RunEntry, reason: string | undefined): object => {
  if (entry.header.st === "paused") return {};
  refuseEnded(entry);
  if (entry.header.st === "cancelling") throw new QmoiError("QMOI_RUN_TERMINAL", `Run ${entry.run} is being cancelled.`);
  return { st: "paused", ...why(reason) };
};

const resumePatch = (engine: Engine, entry: RunEntry, reason: string | undefined): object => {
  if (entry.header.st === "running") return {};
  refuseEnded(entry);
  if (entry.header.st === "cancelling") throw new QmoiError("QMOI_RUN_TERMINAL", `Run ${entry.run} is being cancelled.`);
  return { st: "running", sa: engine.ports.clock.now(), pst: undefined, ...why(reason) };
};

/** When a redrive was first written, so that one without an answer is not made twice. */
interface Made {
  at?: number;
}

const nothingToRedrive = ({ run, header: { st } }: RunEntry): QmoiError =>
  new QmoiError("QMOI_RUN_TERMINAL", `Run ${run} has ${st === "cancelled" ? "been cancelled" : st}: none of its tasks would run again.`, {
    remedy: "Start a new run of its workflow to do the work once more.",
  });

/** Sets back everything that didn't succeed; attempts keep counting where they were. Errors: QMOI_RUN_TERMINAL where no task could run then. */
const redrivePatch = async (engine: Engine, entry: RunEntry, made: Made, reason: string | undefined): Promise<object> => {
  if (made.at !== undefined && entry.header.sa === made.at) return {};
  if (!isEnded(entry.header)) throw new QmoiError("QMOI_RUN_NOT_TERMINAL", `Run ${entry.run} is ${entry.header.st}.`);
  if (entry.header.st === "succeeded") throw nothingToRedrive(entry);
  const last = new Map<number, number>();
  // One that a cancelled run left running, or that succeeded when nobody waited for it any more, still decides its task.
  for await (const { task, attempt, item } of attemptsOf(engine.ports, entry.header, entry.state.size))
    last.set(task, item.s === "running" || item.s === "succeeded" ? attempt - 1 : attempt);
  entry.state.redrive(last);
  await passGates(engine, entry, engine.ports.clock.now());
  // A cancelled run whose tasks had all succeeded would end as something else by the write that goes on with it.
  if (entry.state.open === 0) throw nothingToRedrive(entry);
  const { header } = entry;
  const active = activeKeys(entry.run, header.pr, header.ca);
  made.at = engine.ports.clock.now();
  return { st: "running", sa: made.at, ea: undefined, nf: undefined, ttl: undefined, ...active, ...why(reason) };
};

/** What a person decided of a held task. `held`: the attempt it waited for; `attempt`: the one by which it was first written, under the token. */
interface Decision {
  readonly task: number;
  readonly name: string;
  readonly outcome: "succeeded" | "failed" | "retry";
  readonly token: string;
  readonly held?: number;
  attempt?: number;
}

/** Decides a held task by an attempt of a person's, so that history tells who ended it and how; to try again, by a void one. */
const settlePatch = async (engine: Engine, entry: RunEntry, decision: Decision, reason: string | undefined): Promise<object> => {
  const { table, clock, settings } = engine.ports;
  const { task, name, outcome, token, held } = decision;
  if (decision.attempt !== undefined) {
    // Asked again after a write without an answer: what is held by now may be a later attempt, and another decision.
    const stored = await table.get(keys.attempt(entry.run, task, decision.attempt));
    if (stored?.tk === token) return {};
  }
  const retry = entry.retryOf(task);
  if (!entry.state.isHeld(task) || (held !== undefined && held !== retry.next))
    throw new QmoiError("QMOI_TASK_NOT_HELD", `Task "${name}" of run ${entry.run} waits for no decision.`, {
      remedy: `Look at it with \`qmoi explain ${entry.run} ${name}\`.`,
    });
  const now = clock.now();
  decision.attempt = retry.next;
  const item: AttemptItem = {
    ...keys.attempt(entry.run, task, retry.next),
    v: firstIn(entry.header),
    s: outcome === "retry" ? "void" : outcome,
    w: "person",
    tk: token,
    le: now,
    ra: now,
    ga: now,
    fo: entry.fold,
    sa: now,
    ea: now,
    ttl: Math.floor(now / 1000) + settings().historyDays * 86_400,
    ...(outcome === "failed"
      ? { f: { class: "cancelled", code: "QMOI_TASK_FAILED", message: reason ?? "A person decided that it failed." } }
      : {}),
  };
  await table.put(item, { when: { site: "attempt.settle", absent: true }, stamp: "es" }).catch(async (error) => {
    if (!hasCode(error, "QMOI_CONFLICT") || !(await replaceStray(engine.ports, item, await strayAt(engine.ports, item), "es"))) throw error;
  });
  if (outcome === "retry") entry.state.again(task, { ...retry, next: retry.next + 1, at: 0 });
  else entry.state.finish(task, outcome);
  return why(reason);
};

const startRun = async (
  engine: Engine,
  workflows: Workflows,
  request: StartRunRequest,
): Promise<RunView & { readonly created: boolean }> => {
  const { ports } = engine;
  const { version } = await workflows.get(request.workflow, request.version);
  const graph = await engine.definitions.graph(version);
  const { idempotencyKey, inputs, priority, reason } = request;
  const run = idempotencyKey === undefined ? runId(ports.clock.now(), ports.random.id()) : runIdOfKey(request.workflow, idempotencyKey);
  const created = await engine.create({
    run,
    drawn: idempotencyKey === undefined,
    graph,
    ...(inputs === undefined ? {} : { inputs }),
    ...(priority === undefined ? {} : { priority }),
    ...(reason === undefined ? {} : { reason }),
  });
  return { ...runView(created.header, created.inputs), created: created.created };
};

const listSchedules = async (
  engine: Engine,
  workflows: Workflows,
  request: { limit?: number; after?: string; workflow?: string; next?: number },
) => {
  const { ports } = engine;
  const page = request.workflow === undefined ? await workflows.list(request) : { items: [await workflows.get(request.workflow)] };
  const items: ScheduleView[] = [];
  for (const view of page.items) {
    const { workflow } = await engine.definitions.graph(view.version);
    for (const schedule of workflow.schedules ?? []) {
      const name = scheduleName(workflow, schedule);
      const parsed = parseSchedule(schedule.expression, schedule.timezone, { anchor: view.publishedAt });
      const next: number[] = [];
      for (let at: number | undefined = ports.clock.now(); next.length < (request.next ?? 3); ) {
        at = nextAfter(parsed, at);
        if (at === undefined) break;
        next.push(at);
      }
      const last = (await ports.table.query({ pk: `S#${name}`, prefix: "N#", reverse: true, limit: 1 })).items[0] as FiringItem | undefined;
      items.push({
        workflow: workflow.name,
        schedule: schedule.name ?? "default",
        expression: schedule.expression,
        timezone: schedule.timezone,
        enabled: schedule.enabled,
        next,
        ...(last
          ? {
              last: {
                nominal: last.nom,
                decision: last.d === "skipped" ? ("skipped" as const) : ("fired" as const),
                reason: last.why,
                ...(last.run === undefined ? {} : { run: last.run }),
              },
            }
          : {}),
      });
    }
  }
  return "next" in page && page.next !== undefined ? { items, next: page.next } : { items };
};
