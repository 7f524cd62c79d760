import { expect, it } from "vitest";
import { Scene, task } from "./scene.ts";

/** A run with two tasks that could start at once, in a world that is calm. */
const open = async (): Promise<Scene> => {
  const scene = await Scene.open();
  const decider = await scene.decider("d");
  await scene.run(decider, { name: "two", tasks: [task("a"), task("b")] });
  scene.cluster.judge.tell("calm", undefined);
  return scene;
};

it("a task that nobody starts beside free slots is noticed, well before its run should have ended", async () => {
  const scene = await open();
  scene.process("d").life.crash();
  const { store, judge } = scene.cluster;
  // What was granted to nobody any more is given back; then only a start is wanting.
  for (const { pk, sk } of [...store.all()].filter((item) => item.pk.startsWith("G#")))
    await store.serve(undefined, undefined, (table) => table.delete({ pk, sk }));
  await scene.pass(200_000);
  expect(judge.violation).toMatchObject({ invariant: "free-slot-taken" });
});

it("one that is started in time is not", async () => {
  const scene = await open();
  await scene.worker("w");
  expect(await scene.verdict()).toBeUndefined();
});
