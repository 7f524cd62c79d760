import { Scene, task } from "../scene.ts";
import type { SceneOf } from "./index.ts";

/** Two workers get the same hint; the first one's claim arrives after the second one's. */
const claim: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const decider = await scene.decider("d");
  await scene.worker("w");
  const stop = scene.stop("w", "put attempt.claim");
  await scene.run(decider, { name: "claim", tasks: [task("a")] });
  await scene.reached(stop);
  const other = await scene.worker("x");
  await scene.done(other.engine.worker.handle(scene.hints[0]!).then(() => true));
  stop.go();
  return scene.verdict();
};

/** A worker is about to begin its effect; its lease expires and is taken over before that is stored. */
const begin: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const decider = await scene.decider("d");
  await scene.worker("w");
  const stop = scene.stop("w", "put attempt.begin");
  const run = await scene.run(decider, { name: "begin", tasks: [task("a", { effect: "once", timeout: 1 })] });
  await scene.reached(stop);
  await scene.until(() => scene.ended(run));
  stop.go();
  return scene.verdict();
};

/** A worker's ending write is slow; its lease expires and is taken over first. */
const end: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const decider = await scene.decider("d");
  await scene.worker("w");
  const stop = scene.stop("w", "put attempt.end");
  const run = await scene.run(decider, { name: "end", tasks: [task("a", { timeout: 1 })] });
  await scene.reached(stop);
  await scene.until(() => scene.ended(run));
  stop.go();
  return scene.verdict();
};

/** An engine is about to take an expired lease over when its worker ends the attempt after all. */
const takeover: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const decider = await scene.decider("d");
  await scene.worker("w");
  const end = scene.stop("w", "put attempt.end");
  const stop = scene.stop("d", "put attempt.takeover");
  const run = await scene.run(decider, { name: "takeover", tasks: [task("a", { timeout: 1 })] });
  await scene.reached(stop);
  end.go();
  await scene.until(() => scene.ended(run));
  stop.go();
  return scene.verdict();
};

/** A once-task's lease has expired, unbegun, and is about to be taken over as void when the worker stores that its effect begins. */
const takeoverOfBegun: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const decider = await scene.decider("d");
  await scene.worker("w");
  const begins = scene.stop("w", "put attempt.begin");
  const stop = scene.stop("d", "put attempt.takeover");
  await scene.run(decider, { name: "begun", tasks: [task("a", { effect: "once", timeout: 1 })] });
  await scene.reached(stop);
  begins.go();
  await scene.pass(1000);
  stop.go();
  return scene.verdict();
};

/** A grant has expired unclaimed and its attempt is about to be made void when the late hint is claimed. */
const voided: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ ms: [5000, 5000] }) });
  const decider = await scene.decider("d");
  await scene.worker("w");
  const hint = scene.stop("d", "send hints");
  const stop = scene.stop("d", "put attempt.void");
  await scene.run(decider, { name: "void", tasks: [task("a")] });
  await scene.reached(stop);
  hint.go();
  await scene.until(() => scene.cluster.executors.running.size > 0);
  stop.go();
  return scene.verdict();
};

/** Two persons decide a held task differently. */
const settle: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ failures: 9, failsWith: "network" }) });
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  const run = await scene.run(one, { name: "settle", tasks: [task("a", { effect: "once" })] });
  await scene.until(() => scene.bit(run, 0) === 3);
  const stop = scene.stop("d", "put attempt.settle");
  const first = one.plane.settle(run, "a", "failed");
  await scene.reached(stop);
  await scene.done(other.plane.settle(run, "a", "succeeded"));
  stop.go();
  const answer = await scene.done(first);
  const verdict = await scene.verdict();
  return verdict ?? (answer instanceof Error ? undefined : "the second decision was confirmed");
};

export const ATTEMPT_SCENES = {
  "attempt.claim": [claim],
  "attempt.begin": [begin],
  "attempt.end": [end],
  "attempt.takeover": [takeover, takeoverOfBegun],
  "attempt.void": [voided],
  "attempt.settle": [settle],
} as const;
