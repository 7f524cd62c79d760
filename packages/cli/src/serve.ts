import { join } from "node:path";
import { SystemClock, TerminalLogger } from "@qmoi/adapters";
import type { Logger } from "@qmoi/core";
import { Handover, type LocalServer, Predecessor, Successor, type SuccessorCommand, serveInTurn, startLocalServer } from "@qmoi/local";
import { type Cli, type CommonOptions, dataDirOf, printJson } from "./cli.ts";
import { FailedWork } from "./errors.ts";
import { plural } from "./format.ts";
import { localOptions } from "./local-options.ts";
import { wholeNumber } from "./options.ts";
import { installedVersion, VERSION } from "./version.ts";

export interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly verbose?: boolean;
}

export const DEFAULT_PORT = 4600;
export const portOption = ["--port <n>", "port on 127.0.0.1; 0 takes any free one", wholeNumber(0, 65_535), DEFAULT_PORT] as const;
export const verboseOption = ["--verbose", "log more: each request and each attempt"] as const;

/** What to do once the server answers. `mute` keeps the log off the terminal, for what draws there. */
type WhenUp = (server: LocalServer, mute: (muted: boolean) => void) => Promise<void>;

/**
 * Serves the data folder until the user ends it, then lets what runs finish; asked again, it aborts that. An update hands over to a process
 * of the version that is installed then, and this one waits for it.
 */
export const serve = async (cli: Cli, options: ServeOptions, whenUp: WhenUp = async () => undefined): Promise<void> => {
  const { io } = cli;
  const dataDir = dataDirOf(options);
  const terminal = new TerminalLogger({
    write: io.err,
    clock: new SystemClock(),
    level: options.verbose ? "debug" : "info",
    colours: io.errStyle.level > 0,
  });
  let muted = options.json === true;
  const logger: Logger = { log: (...line) => (muted ? undefined : terminal.log(...line)) };
  const predecessor = Predecessor.find();
  const handover = new Handover({ version: VERSION, installed: installedVersion, ...(predecessor ? { predecessor } : {}) });
  const first = AbortSignal.any([cli.signal, ...(predecessor ? [predecessor.ends.first] : [])]);
  const second = AbortSignal.any([cli.second, ...(predecessor ? [predecessor.ends.second] : [])]);
  try {
    const well = await serveInTurn({
      version: VERSION,
      handover,
      ...(predecessor ? { predecessor } : {}),
      port: options.port,
      ends: { first, second },
      serve: (port) =>
        startLocalServer({
          ...localOptions(options, logger, { releases: handover }),
          logLevel: options.verbose ? "debug" : "info",
          port,
        }),
      start: (port) => Successor.start(upCommandLine(options, port), VERSION),
      whenUp: async (server) => {
        if (options.json) printJson(io, { url: server.url, console: server.consoleUrl, data: dataDir, pid: process.pid });
        else io.out(greeting(cli, server, dataDir));
        await whenUp(server, (mute) => {
          muted = mute || options.json === true;
        });
      },
      draining: tellRunning(io),
    });
    if (!well) throw new FailedWork();
    io.err("stopped\n");
  } finally {
    predecessor?.forget();
  }
};

/** The same server, of the version that is installed when it starts. */
const upCommandLine = ({ data, config, verbose, json }: ServeOptions, port: number): SuccessorCommand => {
  const given = { data: dataDirOf(data === undefined ? {} : { data }), config };
  const paths = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const flags = [...(verbose ? ["--verbose"] : []), ...(json ? ["--json"] : [])];
  return { command: process.execPath, args: [process.argv[1] as string, "up", "--port", String(port), ...paths, ...flags] };
};

const greeting = ({ io: { style } }: Cli, server: LocalServer, dataDir: string): string => {
  const line = (name: string, value: string): string => `  ${style.dim(name.padEnd(8))} ${value}\n`;
  return [
    `${style.green("●")} ${style.bold(`QMOI ${VERSION}`)} serves ${style.bold(server.url)}\n`,
    line("console", style.cyan(server.consoleUrl)),
    line("data", dataDir),
    line("log", join(dataDir, "logs", "qmoi_automation.log")),
    style.dim("  Ctrl-C ends it and lets what runs finish; once more aborts what runs.\n"),
  ].join("");
};

const tellRunning = (io: Cli["io"]): ((running: number) => void) => {
  let told = -1;
  return (running) => {
    if (running !== told && running > 0)
      io.err(`waiting for ${plural(running, "running task")}; once more Ctrl-C aborts ${running === 1 ? "it" : "them"}\n`);
    told = running;
  };
};
