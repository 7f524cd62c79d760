import { BIT, PART_TASKS } from "@qmoi/advanced-automation";
import type { WorkflowDocument } from "@qmoi/config";
import { grantsOf } from "@qmoi/runtime";
import type { Process } from "@qmoi/simulator";
import { expect, it } from "vitest";
import { Scene, task } from "./scene.ts";

/** Seed 1597: for want of a token a dispatcher gave a grant back, got no answer, and gave back again what another one had taken since. */
it("a grant that is given back twice is not another dispatcher's", async () => {
  const scene = await Scene.open({ profile: (_, name) => ({ ms: name === "b" ? [60_000, 60_000] : [10, 10] }) });
  const one = await scene.decider("d");
  const { executors, store } = scene.cluster;
  const limit = { rate: { key: "api", limit: 1, per: 20 }, timeout: 90 };
  const run = await scene.run(one, { name: "rate", tasks: [task("a", limit), task("b", limit)] });
  await scene.until(() => grantsOf((store.peek({ pk: "G#p:default", sk: "0" })?.g as string | undefined) ?? "").size === 2);
  const back = scene.stop("d", "put limiter.change");
  await scene.reached(back);
  const again = scene.stop("d", "get limiter");
  back.lose(true);
  await scene.reached(again);
  await scene.decider("e");
  await scene.worker("w");
  await scene.until(() => scene.bit(run, 0) === BIT.succeeded);
  await scene.until(() => executors.running.size > 0);
  again.go();
  await scene.pass(5_000);
  expect(await scene.verdict()).toBeUndefined();
});

/** The task's success is being written while its run is cancelled, so that the cancelled run has nothing left to do. */
const cancelledTooLate = async (tasks: WorkflowDocument["tasks"]): Promise<{ scene: Scene; by: Process; run: string }> => {
  const scene = await Scene.open();
  const by = await scene.decider("d");
  await scene.worker("w");
  const end = scene.stop("w", "put attempt.end");
  const run = await scene.run(by, { name: "late", tasks });
  await scene.reached(end);
  await scene.done(by.plane.cancel(run));
  end.go();
  await scene.until(() => scene.ended(run));
  return { scene, by, run };
};

/** Seed 820 (many small items): a redrive ended it by the write that went on with it, so that what had been cancelled had succeeded. */
it.each([
  ["succeeded before it was cancelled", [task("a")]],
  ["would be skipped again", [task("a"), task("b", { needs: ["a"], when: "tasks.a.state == 'failed'" })]],
])("a cancelled run all of whose tasks have %s stays cancelled, and a redrive says so", async (_, tasks) => {
  const { scene, by, run } = await cancelledTooLate(tasks);
  scene.cluster.judge.redriven.add(run);
  expect(await scene.done(by.plane.redrive(run))).toMatchObject({
    code: "QMOI_RUN_TERMINAL",
    message: `Run ${run} has been cancelled: none of its tasks would run again.`,
    remedy: expect.stringContaining("new run"),
  });
  expect(scene.bit(run, 0)).toBe(BIT.succeeded);
  expect(scene.cluster.judge.ledger.runs.get(run)?.header.st).toBe("cancelled");
  expect(await scene.verdict()).toBeUndefined();
});

it("a cancelled run with something left to do goes on with it after a redrive", async () => {
  const { scene, by, run } = await cancelledTooLate([task("a"), task("b", { needs: ["a"] })]);
  scene.cluster.judge.redriven.add(run);
  await scene.done(by.plane.redrive(run));
  await scene.until(() => scene.ended(run));
  expect([0, 1].map((n) => scene.bit(run, n))).toEqual([BIT.succeeded, BIT.succeeded]);
  expect(scene.cluster.judge.ledger.runs.get(run)?.header.st).toBe("succeeded");
  expect(await scene.verdict()).toBeUndefined();
});

/**
 * Seed 202693229: the item with a forEach was stored as failed, the answer to the next write was lost, and whoever read the run again took its
 * instances, which stand in a later item, for failed too, though one had succeeded.
 */
it("instances that succeeded are not lost when the item of their forEach is stored and theirs is not", async () => {
  const scene = await Scene.open({
    profile: (_, name) => ({ ms: name === "t" ? [300, 300] : [400, 400], failures: name === "x[1]" ? Number.POSITIVE_INFINITY : 0 }),
  });
  const by = await scene.decider("d");
  await scene.worker("w");
  const each = task("x", { forEach: { list: "[1, 2]", max: 2 }, retry: { attempts: 1 } });
  // So many that the instances stand in an item of their own.
  const others = Array.from({ length: PART_TASKS - 2 }, (_, n) => task(`n${n}`, { when: "false" }));
  const run = await scene.run(by, { name: "parts", tasks: [task("t"), each, ...others] });
  const { executors, judge } = scene.cluster;
  await scene.until(() => executors.running.size === 3);
  const before = scene.stop("d", "put part.fold");
  await scene.reached(before);
  const stored = (n: number): string | undefined => judge.ledger.runs.get(run)?.attempts.get(PART_TASKS + n)?.[0]?.item.s;
  await scene.until(() => stored(0) === "succeeded" && stored(1) === "failed");
  // Until the decider has heard of both, so that one fold takes them.
  await scene.pass(50);
  const [first, second] = [scene.stop("d", "put part.fold"), scene.stop("d", "put part.fold")];
  before.go();
  await scene.reached(first);
  first.go();
  await scene.reached(second);
  second.lose(false);
  expect(await scene.verdict()).toBeUndefined();
  expect([1, PART_TASKS, PART_TASKS + 1].map((n) => scene.bit(run, n))).toEqual([BIT.failed, BIT.succeeded, BIT.failed]);
});

/** Seed 921: the attempts could not be read, and the run was known from then on though nobody had looked at it. */
it("a run whose attempts could not be read is read again, and goes on", async () => {
  const scene = await Scene.open();
  await scene.decider("d");
  const by = await scene.worker("w");
  const read = scene.stop("d", "query attempt");
  const run = await scene.run(by, { name: "one", tasks: [task("a")] });
  await scene.reached(read);
  read.lose(false);
  await scene.until(() => scene.ended(run));
  expect(scene.bit(run, 0)).toBe(BIT.succeeded);
  expect(await scene.verdict()).toBeUndefined();
});
