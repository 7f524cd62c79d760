// Gives commands on a data folder and dies by SIGKILL at one of its writes, for tests: `dying-command.ts <folder> <trial as JSON>`. Says on
// stdout, in lines of JSON, how the command ended at whose writes an earlier process died, and whether its own one ended before it died.
import { SqliteTable, SystemClock } from "@qmoi/adapters";
import { type Item, LOCAL, type PutOptions } from "@qmoi/core";
import { openLocal, openLocalApi } from "@qmoi/local";
import type { CommandName, CommandView, MasterCommand } from "@qmoi/master-automation";

interface Trial {
  /** What an earlier process died of. */
  readonly before?: { readonly command: CommandName; readonly key: string };
  /** What this one does, and at which of its recorded steps it dies; 0 never. */
  readonly next?: { readonly command: CommandName; readonly key: string; readonly at: number };
}

const [dataDir = "", text = ""] = process.argv.slice(2);
const { before, next } = JSON.parse(text) as Trial;

let left = 0;
const put = SqliteTable.prototype.put;
SqliteTable.prototype.put = function (this: SqliteTable, item: Item, options?: PutOptions) {
  const ofBackup = options?.when !== undefined && "site" in options.when && options.when.site === "restore.forward";
  const recorded = ofBackup ? false : item.pk === "CTL" || item.pk === "RESTORE" || item.pk === "SYS" || item.pk.startsWith("CMD");
  if (recorded && left > 0 && --left === 0) process.kill(process.pid, "SIGKILL");
  return put.call(this, item, options);
};

let system: Awaited<ReturnType<typeof openLocal>> | undefined;
const open = async (logger: Parameters<Parameters<typeof openLocalApi>[0]["open"]>[0]) => {
  system = await openLocal({ dataDir, logger, env: {}, paces: { waitMs: 10, retryMs: 5 } });
  return system;
};
const local = await openLocalApi({ dataDir, version: "test", clock: new SystemClock(), open });
await local.system.start();
const { commands, backups } = local.system.services;
const BY = { who: LOCAL };

const ended = async (id: string): Promise<CommandView> => {
  for (;;) {
    const view = await commands.get(id);
    if (view.endedAt !== undefined) return view;
    await commands.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const newest = async (): Promise<string> => (await backups.list({ limit: 1000 })).items.at(-1)?.id ?? (await backups.create(BY)).id;
const commandOf = async (command: CommandName, key: string): Promise<MasterCommand> => {
  const parameters =
    command === "restore_system" ? { backup: await newest() } : command.endsWith("_module") ? { module: "advanced-automation" } : {};
  const given = { command, parameters, idempotencyKey: key, reason: "a trial" } as MasterCommand;
  const { confirm } = await commands.preview(given, BY);
  return confirm === undefined ? given : ({ ...given, confirm } as MasterCommand);
};
const carryOut = async (command: CommandName, key: string): Promise<CommandView> =>
  ended((await commands.submit(await commandOf(command, key), BY)).id);
/** What a trial needs first. */
const prepare = async (command: CommandName, key: string): Promise<void> => {
  const given = await commandOf(command, key);
  await ended((await commands.submit({ ...given, parameters: { ...given.parameters, backup: false } } as MasterCommand, BY)).id);
};

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
if (before) {
  // Whoever gave it had no answer, and gives it again.
  const view = await carryOut(before.command, before.key);
  const { checks } = await commands.verify(view.id);
  say({
    before: {
      state: view.state,
      failure: view.failure,
      bad: checks.filter(({ holds }) => !holds),
      restore: await backups.unfinished(),
    },
  });
}
if (next) {
  const { command, key, at } = next;
  const { mode, off } = await commands.state();
  if (mode === "stopped" && command !== "start_all_modules") await prepare("start_all_modules", `${key}-lift`);
  if (mode !== "stopped" && command === "start_all_modules") await prepare("stop_all_modules", `${key}-stop`);
  if (off && command !== "start_module") await prepare("start_module", `${key}-on`);
  if (!off && command === "start_module") await prepare("stop_module", `${key}-off`);
  const given = await commandOf(command, key);
  left = at;
  const view = await ended((await commands.submit(given, BY)).id);
  left = 0;
  say({ ended: view.state });
}
await local.close();
