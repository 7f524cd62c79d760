import { Scene, task } from "../scene.ts";
import type { SceneOf } from "./index.ts";

/** Tasks that run one after another, so that folds follow each other. */
const slowly = (_: string, name: string) => ({ ms: [{ a: 1000, b: 4000 }[name] ?? 100, { a: 1000, b: 4000 }[name] ?? 100] as const });

/** Two engines fold the same run; one's write is late and knows less. */
const fold =
  (label: string, many: boolean): SceneOf =>
  async (options) => {
    const scene = await Scene.open({ ...options, profile: slowly });
    const one = await scene.decider("d");
    await scene.decider("e");
    await scene.worker("w");
    const stop = scene.stop("d", label);
    const large = many ? [task("never", { when: "false", forEach: { list: "[1]", max: 600 } })] : [];
    const run = await scene.run(one, { name: "fold", tasks: [task("a"), task("b"), task("c", { needs: ["b"] }), ...large] });
    await scene.reached(stop);
    await scene.until(() => scene.bit(run, 1) === 8);
    stop.go();
    return scene.verdict();
  };

/** Two engines expand a forEach; one's write is late, and the other has expanded a second one meanwhile. */
const expand: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: slowly });
  const one = await scene.decider("d");
  await scene.decider("e");
  await scene.worker("w");
  const stop = scene.stop("d", "put run.expand");
  const each = (name: string, after: string) => task(name, { needs: [after], forEach: { list: "[1, 2]", max: 400 } });
  const run = await scene.run(one, { name: "expand", tasks: [task("a"), task("b"), each("x", "a"), each("y", "b")] });
  await scene.reached(stop);
  await scene.until(() => scene.cluster.judge.ledger.runs.get(run)?.header.exp?.length === 2);
  stop.go();
  return scene.verdict();
};

/** One person pauses a run while another cancels it; the pause is written late. */
const state: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ ms: [30_000, 30_000] }) });
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  const never = task("never", { when: "false", forEach: { list: "[1]", max: 600 } });
  const run = await scene.run(one, { name: "state", tasks: [task("a", { timeout: 60 }), never] });
  await scene.until(() => scene.cluster.executors.running.size > 0);
  const stop = scene.stop("d", "put run.state");
  const pause = one.plane.pause(run);
  await scene.reached(stop);
  await scene.done(other.plane.cancel(run));
  stop.go();
  await scene.done(pause);
  return scene.verdict();
};

/** Two people cancel a large run; one's write is late, and by then the other's has ended it. */
const cancel: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: slowly });
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  const never = task("never", { when: "false", forEach: { list: "[1]", max: 600 } });
  const run = await scene.run(one, { name: "cancel", tasks: [task("a"), never] });
  const stop = scene.stop("d", "put run.cancel");
  const late = one.plane.cancel(run);
  await scene.reached(stop);
  await scene.done(other.plane.cancel(run));
  await scene.until(() => scene.ended(run));
  stop.go();
  await scene.done(late);
  return scene.verdict();
};

/** The same request to start a run comes twice; one's write is late. */
const create: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  await scene.done(one.plane.publish({ name: "create", tasks: [task("a"), task("b", { needs: ["a"] })] }));
  const stop = scene.stop("d", "put run.create");
  const first = one.plane.startRun({ workflow: "create", idempotencyKey: "k" });
  await scene.reached(stop);
  const second = (await scene.done(other.plane.startRun({ workflow: "create", idempotencyKey: "k" }))) as { run: string };
  await scene.until(() => scene.ended(second.run));
  stop.go();
  await scene.done(first);
  return scene.verdict();
};

/** Two runs are started on a budget of one. */
const budget: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  scene.cluster.judge.budgets.set("budget", { runs: 1, per: 3600 });
  await scene.done(one.plane.publish({ name: "budget", spawnBudget: { runs: 1, per: 3600 }, tasks: [task("a")] }));
  await scene.worker("w");
  const stop = scene.stop("d", "put budget.spend");
  const first = one.plane.startRun({ workflow: "budget" });
  await scene.reached(stop);
  await scene.done(other.plane.startRun({ workflow: "budget" }));
  stop.go();
  await scene.done(first);
  return scene.verdict();
};

const PURGE_AFTER_S = 3_000;

/** An old run is about to be deleted when a person's redrive of it, begun before its time was over, is stored. */
const purge: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, historyDays: PURGE_AFTER_S / 86_400, profile: () => ({ failures: 1 }) });
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  const run = await scene.run(one, { name: "purge", tasks: [task("a", { retry: { attempts: 1 } })] });
  await scene.until(() => scene.ended(run));
  await scene.pass((PURGE_AFTER_S - 60) * 1000);
  const fold = scene.stop("e", "put run.fold");
  scene.cluster.judge.redriven.add(run);
  const redrive = other.plane.redrive(run);
  await scene.reached(fold);
  const stop = scene.stop("d", "put run.purge");
  // The other engine would delete it, too: it never comes to that.
  scene.stop("e", "put run.purge");
  await scene.reached(stop, 90);
  fold.go();
  await scene.done(redrive);
  stop.go();
  await scene.pass(10_000);
  return scene.verdict();
};

export const RUN_SCENES = {
  "run.fold": [fold("put run.fold", false)],
  "part.fold": [fold("put part.fold", true)],
  "run.expand": [expand],
  "run.state": [state],
  "run.cancel": [cancel],
  "run.create": [create],
  "run.purge": [purge],
  "budget.spend": [budget],
} as const;
