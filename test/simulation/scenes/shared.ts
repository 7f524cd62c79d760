import type { Item } from "@qmoi/core";
import { type Engine, Learned, trainForecasts } from "@qmoi/runtime";
import { Scene, task } from "../scene.ts";
import type { SceneOf } from "./index.ts";

/** Two engines give the only slot of a pool; one's write is late, and by then the slot is another task's. */
const limiter: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, slots: 1, profile: () => ({ ms: [2000, 2000] }) });
  const one = await scene.decider("d");
  await scene.decider("e");
  await scene.worker("w");
  const stop = scene.stop("d", "put limiter.change");
  const run = await scene.run(one, { name: "slots", tasks: [task("a"), task("b")] });
  await scene.reached(stop);
  await scene.until(() => scene.bit(run, 0) === 8 && scene.cluster.executors.running.size > 0);
  stop.go();
  return scene.verdict();
};

/** Two engines take the only token of a rate limit. */
const rate: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  await scene.decider("e");
  await scene.worker("w");
  const stop = scene.stop("d", "put rate.take");
  const limit = { rate: { key: "1:60:api", limit: 1, per: 60 } };
  const run = await scene.run(one, { name: "rate", tasks: [task("a", limit), task("b", limit)] });
  await scene.reached(stop);
  await scene.until(() => scene.bit(run, 0) === 8 || scene.bit(run, 1) === 8);
  stop.go();
  return scene.verdict();
};

/** Two engines add what they saw to the same day's statistics. */
const statistics: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: (_, name) => ({ ms: name === "a" ? [100, 100] : [8_000, 8_000] }) });
  const one = await scene.decider("d");
  await scene.worker("w");
  const stop = scene.stop("d", "put statistics.add");
  const run = await scene.run(one, { name: "count", tasks: [task("a", { type: "kind" }), task("b", { type: "kind" })] });
  await scene.reached(stop);
  // The first engine folds no more: what is left is the other one's to see.
  const quiet = scene.stop("d", "put run.fold");
  await scene.decider("e");
  await scene.until(() => scene.ended(run));
  // Twice as long as statistics are gathered for.
  await scene.pass(10_000);
  stop.go();
  await scene.pass(5000);
  quiet.go();
  const verdict = await scene.verdict();
  const stored = [...scene.cluster.store.all()].find((item) => item.pk.startsWith("STAT#")) as Item & { d: string };
  const { attempts } = JSON.parse(stored.d) as { attempts: number };
  return verdict ?? (attempts === 2 ? undefined : `${attempts} of 2 attempts are counted`);
};

const definition = (description: string) => ({ name: "versions", description, tasks: [task("a")] });

const numbers = (scene: Scene): string | undefined => {
  const all = [...scene.cluster.store.all()].filter((item) => item.pk === "W#versions").map((item) => item.num);
  return new Set(all).size === all.length ? undefined : `versions have the numbers ${all.join(", ")}`;
};

/** Two new definitions are published at the same time; one's write of the head is late. */
const numbered: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.done(one.plane.publish(definition("first")));
  const stop = scene.stop("d", "put definition.head");
  const late = one.plane.publish(definition("second"));
  await scene.reached(stop);
  await scene.done(other.plane.publish(definition("third")));
  stop.go();
  await scene.done(late);
  return (await scene.verdict()) ?? numbers(scene);
};

/** An older definition is made the latest again while new ones are published; the write of the head is late. */
const head: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.done(one.plane.publish(definition("first")));
  await scene.done(one.plane.publish(definition("second")));
  const stop = scene.stop("d", "put definition.head");
  const again = one.plane.publish(definition("first"));
  await scene.reached(stop);
  await scene.done(other.plane.publish(definition("third")));
  stop.go();
  await scene.done(again);
  await scene.done(other.plane.publish(definition("fourth")));
  return (await scene.verdict()) ?? numbers(scene);
};

const EACH_MINUTE = { expression: "cron(* * * * ? *)", overlap: "skip" as const };

/** Two engines follow a schedule; one's note of how far it came is late. */
const cursor: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  await scene.decider("e");
  await scene.worker("w");
  const stop = scene.stop("d", "put schedule.cursor");
  await scene.done(one.plane.publish({ name: "timed", schedules: [EACH_MINUTE], tasks: [task("a")] }));
  await scene.reached(stop);
  await scene.pass(200_000);
  stop.go();
  return scene.verdict();
};

/** An engine decides to skip a firing because a run goes on, and records it late: by then another one has fired it. */
const firing: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ ms: [80_000, 80_000] }) });
  const one = await scene.decider("d");
  await scene.worker("w");
  await scene.done(one.plane.publish({ name: "timed", schedules: [EACH_MINUTE], tasks: [task("a", { timeout: 200 })] }));
  const { runs } = scene.cluster.judge.ledger;
  await scene.until(() => runs.size === 1);
  const stop = scene.stop("d", "put firing.record");
  await scene.reached(stop);
  await scene.until(() => [...runs.values()].every((run) => run.header.ea !== undefined));
  await scene.decider("e");
  await scene.until(() => runs.size === 2);
  stop.go();
  return scene.verdict();
};

/** Two engines train; the one that began first is late, and must not put in force what knows less. */
const promotion: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  const run = await scene.run(one, { name: "learn", tasks: Array.from({ length: 30 }, (_, i) => task(`t${i}`)) });
  await scene.until(() => scene.ended(run));
  await scene.pass(5000);
  const training = (process: typeof one, byte: number) =>
    trainForecasts(
      {
        ports: process.engine.ports,
        definitions: process.engine.definitions,
        engine: () => "histogram-forest",
        trainer: async ({ records }) => ({
          bytes: Uint8Array.of(byte),
          score: { loss: byte, coverage: 0.9, mdape: 0 },
          trained: records.length,
          heldBack: 0,
        }),
      },
      { force: true },
    );
  const stop = scene.stop("d", "put forecast.promote");
  const late = training(one, 2);
  await scene.reached(stop);
  await scene.done(training(other, 1));
  stop.go();
  const told = (await scene.done(late)) as { result: string } | undefined;
  const inForce = [...scene.cluster.store.all()].find((item) => item.pk === "FC") as (Item & { score: { loss: number } }) | undefined;
  if (inForce?.score.loss !== 1) return "a training that was overtaken is in force";
  return (await scene.verdict()) ?? (told?.result === "overtaken" ? undefined : `the late training says ${told?.result}`);
};

interface Known {
  readonly engine: Engine;
  readonly learned: Learned;
}

/** Two engines store how well forecasts did; the one that read first is late, and must not take away what the other knew. */
const learning: SceneOf = async (options) => {
  const scene = await Scene.open(options);
  const processes = [await scene.decider("d"), await scene.decider("e")] as const;
  const work = { predicted: 1, remaining: 1, expected: 1, total: 2, path: 1 };
  for (const { name, engine } of processes)
    engine.order.watch.observe({ run: `seen by ${name}`, workflow: "w", priority: 5, createdAt: 0, work });
  const [one, other] = processes.map(({ engine }) => ({ engine, learned: new Learned({ stored: true }) })) as [Known, Known];
  const stop = scene.stop("d", "put learned.keep");
  for (const { engine, learned } of [one, other]) await scene.done(learned.recall(engine).then(() => true));
  const late = one.learned.keep(one.engine).then(() => true);
  await scene.reached(stop);
  await scene.done(other.learned.keep(other.engine).then(() => true));
  stop.go();
  await scene.done(late);
  return scene.verdict();
};

export const SHARED_SCENES = {
  "learned.keep": [learning],
  "forecast.promote": [promotion],
  "limiter.change": [limiter],
  "rate.take": [rate],
  "statistics.add": [statistics],
  "definition.head": [head, numbered],
  "schedule.cursor": [cursor],
  "firing.record": [firing],
} as const;
