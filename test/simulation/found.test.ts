import { BIT } from "@qmoi/advanced-automation";
import { expect, it } from "vitest";
import { Scene, task } from "./scene.ts";
import { runSeeds } from "./support/run-seeds.ts";

/** Seed 1597: for want of a token a dispatcher gave a grant back, got no answer, and gave back again what another one had taken since. */
it("a grant that is given back twice is not another dispatcher's", async () => {
  const scene = await Scene.open({ profile: (_, name) => ({ ms: name === "b" ? [60_000, 60_000] : [10, 10] }) });
  const one = await scene.decider("d");
  const { executors, store } = scene.cluster;
  const limit = { rate: { key: "api", limit: 1, per: 20 }, timeout: 90 };
  const run = await scene.run(one, { name: "rate", tasks: [task("a", limit), task("b", limit)] });
  await scene.until(() => ((store.peek({ pk: "G#p:default", sk: "0" })?.g as unknown[] | undefined) ?? []).length === 2);
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

/**
 * Seed 202693229: the item with a forEach was stored as failed, the answer to the next write was lost, and whoever read the run again took its
 * instances, which stand in a later item, for failed too, though two had succeeded.
 */
it("instances that succeeded are not lost when the item of their forEach is stored and theirs is not", async () => {
  const [[, result] = []] = await runSeeds([[{ layout: "small", from: 202_693_229, seeds: 1, most: 59, tries: 0 }]]);
  expect(result?.violations).toEqual([]);
});
