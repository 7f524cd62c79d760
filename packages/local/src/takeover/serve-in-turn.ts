import { setTimeout as delay } from "node:timers/promises";
import { hasCode } from "@qmoi/core";
import type { LocalServer } from "../local-server.ts";
import type { Handover, Leave } from "./handover.ts";
import type { Predecessor, Taken } from "./predecessor.ts";
import type { Successor } from "./successor.ts";

export interface TurnOptions {
  readonly version: string;
  readonly handover: Handover;
  readonly predecessor?: Predecessor;
  /** Starts a server on the data folder, on a port. */
  readonly serve: (port: number) => Promise<LocalServer>;
  readonly port: number;
  /** Starts the version that is installed now, as far as it can come without the folder. */
  readonly start: (port: number) => Promise<Successor>;
  /** Abort when a person asks this process to end, and asks again. */
  readonly ends: { readonly first: AbortSignal; readonly second: AbortSignal };
  /** The first server answers. */
  readonly whenUp?: (server: LocalServer) => Promise<void>;
  /** Told of work that is waited for. */
  readonly draining?: (running: number) => void;
}

const LOCKED_MS = 60_000;
const RETRY_MS = 20;
const LOOK_MS = 250;

/**
 * Serves a data folder until a person ends it. Asked to leave it to another version, it has that start, lets what runs end, closes
 * everything and hands over; then it only waits, and takes the folder back where the other gives it back, or fails. Resolves with whether
 * whoever served last ended well.
 */
export const serveInTurn = async (options: TurnOptions): Promise<boolean> => {
  const { handover, predecessor, ends, whenUp = async () => undefined } = options;
  const taken = await predecessor?.ready(options.version);
  let port = taken?.port ?? options.port;
  let server = await unlocked(() => options.serve(port), taken !== undefined);
  port = Number(new URL(server.url).port);
  if (taken) settleLater(server, taken, predecessor as Predecessor, ends.first);
  else await whenUp(server);
  predecessor?.serving();
  for (;;) {
    const leave = await Promise.race([aborted(ends.first), handover.wanted()]);
    if (leave === undefined) {
      await closed(server, options, ends.second);
      return true;
    }
    if (leave.to === "predecessor") {
      await closed(server, options, within(leave, ends.second));
      predecessor?.giveBack();
      return true;
    }
    const successor = await handOver(server, leave, port, options);
    if (successor === "kept") continue;
    if (successor !== undefined) {
      successor.follow(ends.first, ends.second);
      const end = await successor.ended();
      if (end.how === "ended") return end.code === 0;
      handover.stay(
        leave,
        end.how === "back" ? `Version ${leave.version} gave the data folder back.` : `Version ${leave.version}: ${end.why}.`,
      );
    }
    if (ends.first.aborted) return true;
    server = await unlocked(() => options.serve(port), true);
  }
};

/** `kept`: nothing was let go of; undefined: everything was, and nobody has taken it. */
const handOver = async (server: LocalServer, leave: Leave, port: number, options: TurnOptions): Promise<Successor | "kept" | undefined> => {
  const { handover, start, ends } = options;
  let successor: Successor;
  try {
    successor = await start(port);
  } catch (error) {
    handover.stay(leave, `Version ${leave.version} can't be started: ${(error as Error).message}.`);
    return "kept";
  }
  if (leave.signal.aborted) {
    await successor.kill();
    handover.stay(leave, "The update was given up.");
    return "kept";
  }
  await closed(server, options, within(leave, ends.second));
  if (leave.signal.aborted || ends.first.aborted) {
    await successor.kill();
    handover.stay(leave, "The update was given up.");
    return undefined;
  }
  try {
    await successor.take(port, leave.move.by);
    return successor;
  } catch (error) {
    handover.stay(leave, `Version ${leave.version} can't serve: ${(error as Error).message}.`);
    return undefined;
  }
};

/** Once the command that wanted it has ended well, whoever waits need not wait any more. */
const settleLater = (server: LocalServer, { by }: Taken, predecessor: Predecessor, signal: AbortSignal): void => {
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      const { state } = await server.system.services.commands.get(by);
      if (state === "succeeded") return predecessor.settle();
      if (state !== "running" && state !== "queued") return;
      await delay(LOOK_MS, undefined, { ref: false });
    }
  };
  look().catch(() => undefined);
};

const closed = async (server: LocalServer, { draining, handover }: TurnOptions, signal: AbortSignal): Promise<void> => {
  try {
    await server.system.drain(draining, signal);
  } finally {
    handover.left();
    await server.close();
  }
};

/** What runs is waited for as long as the command says, unless the person is impatient. */
const within = ({ move }: Leave, second: AbortSignal): AbortSignal => AbortSignal.any([AbortSignal.timeout(move.drainMs), second]);

/** Another process may look something up in the folder meanwhile. */
const unlocked = async <T>(work: () => Promise<T>, patient: boolean): Promise<T> => {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await work();
    } catch (error) {
      if (!patient || !hasCode(error, "QMOI_STORE_LOCKED") || waited > LOCKED_MS) throw error;
      await delay(RETRY_MS);
    }
  }
};

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
