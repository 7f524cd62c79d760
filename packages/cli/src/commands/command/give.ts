import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, type CommandName, createClient, type GiveCommand, type MasterCommandAnswer } from "@qmoi/client";
import { hasCode, LOCAL, QmoiError } from "@qmoi/core";
import { DataLock, readMasterKey, readServerInfo, stopDirectly } from "@qmoi/local";
import { controlOf } from "@qmoi/master-automation";
import { type Cli, type CommonOptions, dataDirOf, printJson } from "../../cli.ts";
import { withConnection } from "../../connection.ts";
import { FailedWork, Interrupted } from "../../errors.ts";
import { configDirOf } from "../../local-options.ts";
import { commandText, previewText, progressText, stepText } from "./texts.ts";

export interface GiveOptions extends CommonOptions {
  readonly reason?: string;
  readonly priority?: number;
  readonly key?: string;
  readonly wait: boolean;
  readonly preview?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
}

/** A server that doesn't answer an emergency stop within this is left aside. */
const EMERGENCY_MS = 3_000;
const SOONEST_MS = 100;
const LATEST_MS = 1_000;

/** Gives a command, and follows it to its end. */
export const give = async (cli: Cli, name: CommandName, parameters: Record<string, unknown>, options: GiveOptions): Promise<void> => {
  const { reason, priority, confirm } = options;
  const request: GiveCommand = {
    command: name,
    parameters,
    ...(reason === undefined ? {} : { reason }),
    ...(priority === undefined ? {} : { priority }),
    ...(confirm === undefined ? {} : { confirm }),
  };
  if (name === "emergency_stop" && !options.preview) return emergency(cli, request, options);
  const key = options.key ?? randomUUID();
  let asked: GiveCommand | undefined;
  const ended = await withConnection(cli, options, options.wait && !options.preview ? "work" : "tell", async ({ client, served }) => {
    if (options.preview) {
      const preview = await client.previewCommand(request);
      if (options.json) printJson(cli.io, preview);
      else cli.io.out(previewText(cli.io.style, preview));
      return undefined;
    }
    // Asked for once, though the server may hand over meanwhile.
    asked ??= await confirmed(cli, client, request, options);
    const given = await client.giveCommand(asked, key);
    if (!options.wait) {
      if (options.json) printJson(cli.io, given);
      else cli.io.out(`${given.id}\n`);
      if (!served) cli.io.err("No server runs on the data folder: the command begins when one does (`qmoi up`).\n");
      return undefined;
    }
    return follow(cli, client, given, options.json === true);
  });
  if (ended) tell(cli, ended, options);
};

/** With --yes, the preview is asked for, shown, and confirmed at once. */
const confirmed = async ({ io }: Cli, client: Client, request: GiveCommand, options: GiveOptions): Promise<GiveCommand> => {
  if (!options.yes) return request;
  const preview = await client.previewCommand(request);
  if (!options.json) io.err(previewText(io.errStyle, preview));
  return preview.confirm === undefined ? request : { ...request, confirm: preview.confirm };
};

/** By the server if it answers at once, else by one write to the table. */
const emergency = async (cli: Cli, request: GiveCommand, options: GiveOptions): Promise<void> => {
  try {
    const client = await quickClient(cli, options);
    if (client) {
      const given = await client.giveCommand(await confirmed(cli, client, request, options), options.key);
      return tell(cli, options.wait ? await follow(cli, client, given, options.json === true) : given, options);
    }
  } catch (error) {
    if (!hasCode(error, "QMOI_UNREACHABLE") || cli.io.env.QMOI_URL) throw error;
    cli.io.err("The server does not answer: stopping by the table itself.\n");
  }
  const discard = request.parameters?.discard === true;
  if (discard && !options.yes)
    throw new QmoiError("QMOI_CONFIRMATION_REQUIRED", "Cancelling what runs needs a confirmation.", { remedy: "Add --yes." });
  const { id, control } = await stopDirectly({
    dataDir: dataDirOf(options),
    configDir: configDirOf(options),
    who: LOCAL.id,
    discard,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
  });
  const evidence = { epoch: control.epoch, controlAt: new Date(control.at).toISOString(), control: { after: controlOf(control) } };
  if (options.json) printJson(cli.io, { id, command: "emergency_stop", state: "succeeded", evidence });
  else
    cli.io.out(
      `${cli.io.style.red("■")} everything is stopped, epoch ${control.epoch}, by one write to the table; a server records the rest\n`,
    );
};

const quickClient = async ({ io }: Cli, options: CommonOptions): Promise<Client | undefined> => {
  const dataDir = dataDirOf(options);
  const { QMOI_URL: url, QMOI_API_KEY: key } = io.env;
  const info = url ? { url } : DataLock.isHeld(dataDir) ? readServerInfo(dataDir) : undefined;
  if (!info?.url) return undefined;
  const own = key || readMasterKey(dataDir);
  return createClient({ url: info.url, timeoutMs: EMERGENCY_MS, ...(own === undefined ? {} : { key: own }) });
};

const follow = async (cli: Cli, client: Client, given: MasterCommandAnswer, json: boolean): Promise<MasterCommandAnswer> => {
  const told = new Set<string>();
  for (let wait = SOONEST_MS, view = given; ; wait = Math.min(LATEST_MS, wait * 1.2)) {
    const lines = view.steps.map((step) => stepText(cli.io.errStyle, step));
    if (view.progress) lines.push(progressText(cli.io.errStyle, view.progress));
    for (const text of json ? [] : lines) {
      if (told.has(text)) continue;
      told.add(text);
      cli.io.err(text);
    }
    if (view.endedAt !== null) return view;
    try {
      await delay(wait, undefined, { signal: cli.signal });
    } catch {
      cli.io.err(`The command goes on without this terminal: \`qmoi command show ${given.id}\` shows it.\n`);
      throw new Interrupted();
    }
    view = await client.command(given.id);
  }
};

const tell = (cli: Cli, view: MasterCommandAnswer, options: GiveOptions): void => {
  if (options.json) printJson(cli.io, view);
  else cli.io.out(commandText(cli.io.style, view));
  if (view.endedAt !== null && view.state !== "succeeded") throw new FailedWork();
};
