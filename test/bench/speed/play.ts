import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import type { Assignment, Figures, Options, Servers, Survives, Workload } from "./subject.ts";

/** One cell of a sweep: what it was told, and what came of it. */
export interface Play {
  readonly contestant: Contestant;
  readonly workload: Workload;
  readonly options: Options;
  readonly figures: Figures | undefined;
  readonly error?: string;
}

/** A child that takes longer has failed: 3 minutes. */
const PATIENCE_MS = 180_000;
const PEERS = fileURLToPath(new URL("../peers", import.meta.url));

/** Installs the peers' packages where they are missing; a text that says why it couldn't. */
export const installPeers = (): string | undefined => {
  if (existsSync(join(PEERS, "node_modules", "bullmq"))) return undefined;
  try {
    execFileSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], { cwd: PEERS, stdio: ["ignore", "ignore", "pipe"] });
    return undefined;
  } catch (error) {
    return `The peers' packages could not be installed (npm ci in test/bench/peers): ${(error as Error).message.split("\n")[0]}`;
  }
};

/** Runs a program of a measurement in a process of its own; gives the JSON of its last line. */
export const inChild = <T>(file: string, assignment: unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    const limits = { timeout: PATIENCE_MS, maxBuffer: 2 ** 24 };
    execFile(process.execPath, ["--no-warnings", file, JSON.stringify(assignment)], limits, (error, stdout, stderr) => {
      const last = stdout.trim().split("\n").at(-1) ?? "";
      if (error === null && last.startsWith("{")) resolve(JSON.parse(last) as T);
      else
        reject(
          new Error(
            stderr
              .trim()
              .split("\n")
              .find((line) => line.includes("Error")) ??
              error?.message.split("\n")[0] ??
              "no figures",
          ),
        );
    });
  });

/** Plays every point of every sweep, one after another: two at once would take the processor from each other. */
export const playAll = async (
  survives: Survives,
  servers: Servers,
  { folder, scale, progress }: { readonly folder: string; readonly scale: number; readonly progress: (what: string) => void },
): Promise<Play[]> => {
  const plays: Play[] = [];
  for (const workload of ["independent", "graphs", "idle", "behind"] as const) {
    for (const contestant of CONTESTANTS) {
      if (contestant.needs !== undefined && servers[contestant.needs] === undefined) continue;
      for (const options of contestant.sweeps[workload] ?? []) {
        const play = await playOne(contestant, workload, options, { survives, servers, folder }, scale);
        plays.push(play);
        progress(`${survives}: ${contestant.name}, ${workload} ${optionText(options)}: ${JSON.stringify(play.figures ?? play.error)}`);
      }
    }
  }
  return plays;
};

/** Samples of a latency: the 99th percentile stands on five of them. */
const SAMPLES = 500;

const playOne = async (
  contestant: Contestant,
  workload: Workload,
  options: Options,
  { folder, ...where }: { readonly survives: Survives; readonly servers: Servers; readonly folder: string },
  scale: number,
): Promise<Play> => {
  const own = mkdtempSync(join(folder, "subject-"));
  const whole = workload === "idle" || workload === "behind" ? SAMPLES : contestant.size;
  const size = Math.max(100, Math.ceil((whole * scale) / 100) * 100);
  const assignment: Assignment = { workload, size, options, where: { ...where, folder: own } };
  try {
    return { contestant, workload, options, figures: await inChild<Figures>(contestant.file, assignment) };
  } catch (error) {
    return { contestant, workload, options, figures: undefined, error: (error as Error).message };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
};

export const optionText = (options: Options): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

/** The best point of a sweep: most tasks a second, or the least median. */
export const bestOf = (plays: readonly Play[], name: string, workload: Workload): Play | undefined => {
  let best: Play | undefined;
  for (const play of plays) {
    if (play.contestant.name !== name || play.workload !== workload || play.figures === undefined) continue;
    if (best?.figures === undefined || isBetter(play.figures, best.figures)) best = play;
  }
  return best;
};

const isBetter = (a: Figures, b: Figures): boolean =>
  "perSecond" in a ? a.perSecond > ("perSecond" in b ? b.perSecond : 0) : a.p50 < ("p50" in b ? b.p50 : 0);
