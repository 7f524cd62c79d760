import { MemoryTable } from "@qmoi/adapters";
import { type Item, type Key, LOCAL, type PutOptions, type Table } from "@qmoi/core";
import type { CommandView, MasterCommand } from "@qmoi/master-automation";
import { describe, expect, it } from "vitest";
import { endOf, give, masterLab } from "../../support/master-lab.ts";

/** A process that dies at one of its writes of commands and control: before it, or after it. From then on nothing of it happens any more. */
class Dying {
  readonly table: Table;
  writes = 0;
  readonly dead: Promise<void>;
  #die: () => void = () => undefined;
  #gone = false;

  constructor(inner: Table, at: number, after: boolean) {
    this.dead = new Promise((resolve) => {
      this.#die = resolve;
    });
    const never = new Promise<never>(() => undefined);
    const mine = ({ pk }: Key): boolean => pk === "CTL" || pk.startsWith("CMD");
    const alive = <T>(call: () => Promise<T>): Promise<T> => (this.#gone ? never : call().then((value) => (this.#gone ? never : value)));
    this.table = {
      get: (key) => alive(() => inner.get(key)),
      query: (query) => alive(() => inner.query(query)),
      queryIndex: (query) => alive(() => inner.queryIndex(query)),
      scan: (request) => alive(() => inner.scan(request)),
      delete: (key, options) => alive(() => inner.delete(key, options)),
      subscribe: (handler, options) => inner.subscribe(handler, options),
      close: async () => undefined,
      put: (item: Item, options?: PutOptions) =>
        alive(async () => {
          if (!mine(item) || ++this.writes !== at) return inner.put(item, options);
          if (after) await inner.put(item, options);
          this.#gone = true;
          this.#die();
          return never;
        }),
    };
  }
}

const COMMANDS: readonly MasterCommand[] = [
  { command: "stop_all_modules" },
  { command: "start_all_modules", reason: "again" },
  { command: "stop_module", parameters: { module: "advanced-automation" } },
  { command: "start_module", parameters: { module: "advanced-automation" } },
  { command: "optimize_system" },
  { command: "run_health_check" },
  { command: "update_system" },
];

/** Carries a command out, dies at its n-th write, and lets another process go on. Undefined once there is no n-th write. */
const killedAt = async (command: MasterCommand, n: number, after: boolean): Promise<CommandView | undefined> => {
  const stored = new MemoryTable();
  if (command.command.startsWith("start_")) {
    const before = masterLab(stored);
    await before.start();
    const stop = command.command === "start_module" ? "stop_module" : "stop_all_modules";
    await endOf(before, (await give(before, { command: stop, parameters: command.parameters } as MasterCommand)).id);
    before.close();
    await before.log.close();
  }
  const dying = new Dying(stored, n, after);
  const first = masterLab(dying.table);
  await first.start();
  const preview = await first.commands.preview(command, { who: LOCAL });
  const given = {
    ...command,
    idempotencyKey: "k",
    ...(preview.confirm === undefined ? {} : { confirm: preview.confirm }),
  } as MasterCommand;
  const accepted = give(first, given).then(({ id }) => endOf(first, id));
  const outcome = await Promise.race([accepted.then(() => "ended"), dying.dead.then(() => "dead")]);
  first.close();
  if (outcome === "ended") return undefined;
  const second = masterLab(stored);
  await second.start();
  // Whoever gave it had no answer, and gives it again under the same key.
  const { id } = await give(second, given);
  const view = await endOf(second, id);
  const { checks } = await second.commands.verify(id);
  expect(
    checks.filter(({ holds }) => !holds),
    `${command.command}, ${after ? "after" : "before"} write ${n}`,
  ).toEqual([]);
  await second.commands.pass();
  expect((await stored.get({ pk: "CMD", sk: "ACTIVE" }))?.id).toBe("");
  second.close();
  await second.log.close();
  return view;
};

describe.each(COMMANDS)("$command", (command) => {
  it("goes on to its end, whichever of its writes its process died at", async () => {
    let deaths = 0;
    for (let n = 1; ; n++) {
      const [before, after] = [await killedAt(command, n, false), await killedAt(command, n, true)];
      for (const view of [before, after]) if (view) expect(view.state, `write ${n}`).toBe("succeeded");
      if (!before && !after) break;
      deaths++;
    }
    // Acceptance, choice, plan, begin and end of each step, the end, and the next choice.
    expect(deaths).toBeGreaterThan(6);
  });
});
