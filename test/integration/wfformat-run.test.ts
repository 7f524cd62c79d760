import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { importWfformat } from "@qmoi/advanced-automation";
import type { TaskView } from "@qmoi/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layeredInstance } from "../fixtures/wfformat.ts";
import { Laptop } from "../support/laptop.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-wfformat-"));
let laptop: Laptop;
beforeAll(async () => {
  laptop = await Laptop.start();
});
afterAll(async () => {
  await laptop.stop();
  rmSync(folder, { recursive: true, force: true });
});

const allTasks = async (run: string): Promise<readonly TaskView[]> => {
  const tasks: TaskView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await laptop.plane.tasks(run, after === undefined ? {} : { after });
    tasks.push(...page.items);
    if (page.next === undefined) return tasks;
    after = page.next;
  }
};

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** The judge imports nothing of QMOI; it gets what `qmoi tasks --json` would print. */
const judge = (workflow: object, tasks: readonly TaskView[]): { status: number | null; output: string } => {
  const [flow, record] = [join(folder, "workflow.json"), join(folder, "tasks.json")];
  writeFileSync(flow, JSON.stringify(workflow));
  writeFileSync(
    record,
    JSON.stringify(
      tasks.map((task) => ({ ...task, readyAt: iso(task.readyAt), startedAt: iso(task.startedAt), endedAt: iso(task.endedAt) })),
    ),
  );
  const script = fileURLToPath(new URL("./judge.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, "--workflow", flow, "--tasks", record, "--slots", "8", "--succeeded"],
    { encoding: "utf8" },
  );
  return { status, output: stdout + stderr };
};

describe("an imported workflow of 1,000 tasks", () => {
  it.each([0, 0.001])("keeps to its needs and slots at time scale %d", async (timeScale) => {
    const workflow = importWfformat(layeredInstance(37, 27), { name: `layered-${timeScale}`, timeScale, slots: 8 });
    expect(workflow.tasks).toHaveLength(1000);
    const run = await laptop.start(workflow);
    while ((await laptop.plane.run(run)).endedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    const tasks = await allTasks(run);
    expect(judge(workflow, tasks)).toMatchObject({ status: 0 });
    const [first, second] = tasks;
    const swapped = tasks.map((task) => (task === first ? { ...task, endSeq: (second?.endSeq ?? 0) + 10_000 } : task));
    expect(judge(workflow, swapped).status).toBe(1);
  });
});
