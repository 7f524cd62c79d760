import { SystemClock } from "@qmoi/adapters";
import type { Item, PutOptions, Table } from "@qmoi/core";
import { type Migration, switchOff } from "@qmoi/master-automation";
import type { CommandItem } from "@qmoi/runtime";
import { CommandStore, changeControl, migrate, readControl, schemaVersion } from "@qmoi/runtime/commands";
import type { SceneOf } from "./index.ts";
import { tableWithout } from "./table-without.ts";

const command = (priority: number): CommandItem => ({
  pk: "CMD#c1",
  sk: "H",
  v: 1,
  n: "run_health_check",
  p: {},
  pr: priority,
  st: "queued",
  who: "k",
  ca: 0,
  rq: "",
});

/** The same command is given twice at the same time. */
const create: SceneOf = async ({ dropped }) => {
  const store = new CommandStore({ table: tableWithout(dropped) });
  const made = await Promise.all([1, 2].map((priority) => store.create(command(priority))));
  const [one, two] = made.map(({ item }) => item.pr);
  return made.filter(({ created }) => created).length === 1 && one === two ? undefined : "one command was accepted twice";
};

/** Two executions change a command at the same time. */
const change: SceneOf = async ({ dropped }) => {
  const store = new CommandStore({ table: tableWithout(dropped) });
  await store.create(command(1));
  await Promise.all([1, 2].map(() => store.change("c1", (item) => ({ ...item, pr: item.pr + 1 }))));
  return (await store.get("c1")).pr === 3 ? undefined : "a change of a command was lost";
};

/** Two executions end the same step in different ways. */
const step: SceneOf = async ({ dropped }) => {
  const store = new CommandStore({ table: tableWithout(dropped) });
  const record = (status: "done" | "failed") => ({ step: "act" as const, wave: 0, status, startedAt: 0 });
  const ended = await Promise.all((["done", "failed"] as const).map((status) => store.putStep("c1", "act", undefined, record(status))));
  const [one, two] = ended.map(({ d }) => JSON.stringify(d));
  return one === two ? undefined : "one step has two outcomes";
};

/** Two processes choose the next command. */
const active: SceneOf = async ({ dropped }) => {
  const store = new CommandStore({ table: tableWithout(dropped) });
  const chosen = await Promise.all(["c1", "c2"].map((id) => store.setActive(undefined, id)));
  return chosen.filter(Boolean).length === 1 ? undefined : "two commands run at a time";
};

/** Two modules are stopped side by side. */
const control: SceneOf = async ({ dropped }) => {
  const ports = { table: tableWithout(dropped), clock: new SystemClock() };
  const off = (module: string) => changeControl(ports, { apply: (now) => switchOff(now, module), by: "c1", who: "k" });
  await Promise.all([off("data-optimizer"), off("auto-evolution")]);
  return Object.keys((await readControl(ports))?.off ?? {}).length === 2 ? undefined : "a stop was lost";
};

const mark = (to: number): Migration => ({
  to,
  summary: "marks items",
  up: (item) => (item.pk === "X" && item[`m${to}`] === undefined ? { ...item, [`m${to}`]: true } : item),
  down: (item) => item,
});

/** Runs `first` before the first write under a site. */
const interrupted = (table: Table, site: string, first: () => Promise<unknown>): Table => {
  let done = false;
  return Object.assign(Object.create(table) as Table, {
    put: async (item: Item, options?: PutOptions) => {
      if (options?.when?.site === site && !done) {
        done = true;
        await first();
      }
      return table.put(item, options);
    },
    get: table.get.bind(table),
    scan: table.scan.bind(table),
  });
};

/** A process that migrates is late; another one has gone on to the next version. */
const version: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const late = interrupted(table, "schema.version", () => migrate({ table }, [mark(2), mark(3)], 3));
  await migrate({ table: late }, [mark(2)], 2).catch(() => undefined);
  return (await schemaVersion({ table })) === 3 ? undefined : "the schema's version went back";
};

/** Work changes an item while it is migrated. */
const data: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  await table.put({ pk: "X", sk: "1", v: 1 });
  const busy = interrupted(table, "data.migrate", () => table.put({ pk: "X", sk: "1", v: 2, worked: true }));
  await migrate({ table: busy }, [mark(2)], 2);
  const item = await table.get({ pk: "X", sk: "1" });
  return item?.worked === true && item.m2 === true ? undefined : "what work wrote was lost";
};

export const COMMAND_SCENES = {
  "command.create": [create],
  "command.change": [change],
  "command.step": [step],
  "command.active": [active],
  "control.change": [control],
  "schema.version": [version],
  "data.migrate": [data],
} as const;
