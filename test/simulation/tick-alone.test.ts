import { expect, it } from "vitest";
import { Scene, task } from "./scene.ts";

const DOCUMENT = {
  name: "unheard",
  inputs: { type: "object", properties: { list: { type: "array", default: [1, 2, 3] } } },
  tasks: [
    task("first"),
    task("flaky", { needs: ["first"], retry: { attempts: 3, delay: 1, jitter: "none" } }),
    task("each", { needs: ["first"], forEach: { list: "inputs.list", max: 10 } }),
    task("never", { needs: [{ task: "each", on: "failure" }] }),
    { name: "pause", needs: ["each"], target: { type: "wait", seconds: 1 } },
    task("last", { needs: ["flaky", "pause"] }),
  ],
} as never;

it("the tick alone finishes what functions do, when the table's stream tells nothing", async () => {
  const scene = await Scene.open({ unheard: true, profile: (_, name) => (name === "flaky" ? { failures: 1 } : {}) });
  const function0 = await scene.engine("function0");
  await scene.engine("function1");
  const run = await scene.run(function0, DOCUMENT);
  await scene.until(() => scene.ended(run), 30);
  const record = scene.cluster.judge.ledger.runs.get(run);
  expect(record?.header.st).toBe("succeeded");
  // Four tasks and three elements, the second task twice.
  expect([...(record?.attempts ?? [])].map(([, attempts]) => attempts.filter(Boolean).length).sort()).toEqual([1, 1, 1, 1, 1, 1, 2]);
  const lost = scene.cluster.faults.counts.get("feed-lost")?.values() ?? [];
  // Both machines would have been told of each attempt's beginning and end.
  expect([...lost].reduce((sum, times) => sum + times, 0)).toBeGreaterThanOrEqual(2 * 2 * 8);
  expect(await scene.verdict()).toBeUndefined();
});
