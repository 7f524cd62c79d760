import { MemoryTable } from "@qmoi/adapters";
import { type Change, LOCAL, type SystemEvent } from "@qmoi/core";
import { expect, it } from "vitest";
import { bareEngine } from "../../../../test/support/bare-engine.ts";
import { endOf, give, masterLab } from "../../../../test/support/master-lab.ts";
import { createControlPlane } from "../plane/index.ts";
import { eventsOf } from "./events-of.ts";

/** What the changes of a table come to, each id once. */
const told = async (table: MemoryTable): Promise<Map<string, SystemEvent>> => {
  const found = new Map<string, SystemEvent>();
  await table.subscribe((changes: readonly Change[]) => {
    for (const event of changes.flatMap(eventsOf)) found.set(`${event.name} ${event.detail.id}`, event);
  });
  return found;
};
const named = (events: Map<string, SystemEvent>, name: string): SystemEvent[] =>
  [...events.values()].filter((event) => event.name === name);

it("are a task that failed for good and its run, and nothing of what succeeds", async () => {
  const table = new MemoryTable();
  const events = await told(table);
  const failure = { class: "exception", code: "E_BROKEN", message: "no" } as const;
  const { engine } = bareEngine(table, async ({ task }) => (task === "bad" ? { ok: false, failure } : { ok: true }));
  await engine.start();
  const plane = createControlPlane(engine);
  const tasks = ["good", "bad"].map((name) => ({ name, target: { type: "wait", seconds: 1 }, retry: { attempts: 1 } }));
  await plane.publish({ name: "w", tasks } as never);
  const { run } = await plane.startRun({ workflow: "w" });
  await expect.poll(async () => (await plane.run(run)).state).toBe("failed");
  await expect.poll(() => events.size).toBe(2);
  expect(named(events, "task dead-lettered")).toEqual([
    {
      name: "task dead-lettered",
      at: expect.any(Number),
      detail: { id: `${run}#0000001#1`, run, task: "bad", attempt: 1, workflow: "w", class: "exception", code: "E_BROKEN", message: "no" },
    },
  ]);
  const [ended] = named(events, "run failed");
  expect(ended?.detail).toMatchObject({ run, workflow: "w", tasks: 2, failed: 1 });
  await engine.stop();
});

it("are each change of what may start, with whom it stops, and each command's end", async () => {
  const table = new MemoryTable();
  const events = await told(table);
  const lab = masterLab(table);
  await lab.start();
  const { id } = await give(lab, { command: "stop_all_modules", reason: "rest" });
  await endOf(lab, id);
  await expect.poll(() => named(events, "command ended").length).toBe(1);
  expect(named(events, "command ended")[0]?.detail).toEqual({ id, command: "stop_all_modules", state: "succeeded", who: LOCAL.id });
  expect(named(events, "control changed").at(-1)?.detail).toMatchObject({
    mode: "stopped",
    emergency: false,
    command: id,
    stopped: [],
  });
  // While it was under way, module by module.
  expect(new Set(named(events, "control changed").flatMap(({ detail }) => detail.stopped as string[]))).toEqual(
    new Set(["advanced-automation"]),
  );
  lab.close();
  await lab.log.close();
});

it("are none of what is deleted, or goes because its time is over", () => {
  expect(eventsOf({ key: { pk: "CTL", sk: "CTL" } })).toEqual([]);
  const header = { pk: "R#r", sk: "H", v: 9, st: "failed", ea: 1, n: 1, wf: "w" };
  expect(eventsOf({ key: header, item: header as never })).toHaveLength(1);
  expect(eventsOf({ key: header, item: { ...header, gone: true } as never })).toEqual([]);
});
