import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalSystem, openLocal } from "@qmoi/local";
import { afterAll, beforeAll, expect, it } from "vitest";

const configDir = mkdtempSync(join(tmpdir(), "qmoi-bindings-"));
const bound = (name: string) => ({ name: "w", tasks: [{ name: "a", target: { type: "binding" as const, name } }] });
let system: LocalSystem;

beforeAll(async () => {
  const bindings = {
    here: {
      local: { type: "process", command: "printf", args: ["%s", '{"at": "${{ run.workflow }}"}'] },
      prod: { type: "ecs", resource: "train" },
    },
    elsewhere: { prod: { type: "ecs", resource: "train" } },
    wrong: { default: { type: "http", url: "https://example.com/${{ tasks.nobody.output }}" } },
  };
  writeFileSync(join(configDir, "parallel_processing.json"), JSON.stringify({ bindings }));
  system = await openLocal({ dataDir: configDir, inMemory: true, configDir });
  await system.start();
});
afterAll(async () => {
  await system.stop();
  rmSync(configDir, { recursive: true });
});

it("a task that is bound does here what its binding stands for here", async () => {
  const { plane } = system;
  await plane.publish(bound("here"));
  const { run } = await plane.startRun({ workflow: "w" });
  while ((await plane.run(run)).endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  const { items } = await plane.tasks(run);
  expect(items).toMatchObject([{ state: "succeeded", output: { at: "w" } }]);
  // Published as it is written: each stage looks up its own.
  expect((await plane.workflow("w")).definition).toMatchObject({ tasks: [{ target: { type: "binding", name: "here" } }] });
});

it("is refused when it stands for nothing here, and told where to say it", async () => {
  await expect(system.plane.publish(bound("elsewhere"))).rejects.toMatchObject({
    code: "QMOI_TARGET_UNAVAILABLE",
    path: "$.tasks[0].target.type",
    remedy: expect.stringContaining("parallel_processing.json, at bindings.elsewhere"),
  });
});

it("is refused when what it stands for can't work in the workflow", async () => {
  await expect(system.plane.publish(bound("wrong"))).rejects.toMatchObject({ message: expect.stringContaining("nobody") });
});
