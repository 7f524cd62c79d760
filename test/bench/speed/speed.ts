import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure } from "../report/render.ts";
import type { Section, Table, Target } from "../report/section.ts";
import { CONTESTANTS } from "./contestants.ts";
import { bestOf, inChild, installPeers, optionText, type Play, playAll } from "./play.ts";
import { startServers } from "./servers.ts";
import type { StartFigures, StartsAssignment } from "./starts.ts";
import type { Figures, Survives, Workload } from "./subject.ts";

export interface SpeedOptions {
  readonly folder: string;
  /** Share of the full sizes. */
  readonly scale: number;
  readonly progress: (what: string) => void;
}

const LOSS: Readonly<Record<Survives, string>> = { process: "survives kill -9", power: "survives loss of power" };

/** Throughput and latency of QMOI and its peers, each system at the best of its sweep, once for each kind of durability. */
export const speed = async (options: SpeedOptions): Promise<Section> => {
  const tables: Table[] = [];
  const targets: Target[] = [];
  const notes: string[] = [];
  const sweeps: Play[] = [];
  const withoutPeers = installPeers();
  if (withoutPeers !== undefined) notes.push(withoutPeers);
  for (const survives of ["process", "power"] as const) {
    const started = await startServers(join(options.folder, `servers-${survives}`), survives);
    try {
      const servers = withoutPeers === undefined ? started.servers : {};
      const plays = await playAll(survives, servers, options);
      sweeps.push(...plays);
      tables.push(comparison(LOSS[survives], plays), sweep(LOSS[survives], plays));
      if (survives === "process") targets.push(...targetsOf(plays));
      notes.push(...started.missing.map((why) => `not started: ${why}`));
      if (survives === "process") notes.push(...started.versions);
    } finally {
      await started.stop();
    }
  }
  tables.push(await starts(options));
  const failed = sweeps.filter((play) => play.error !== undefined);
  for (const { contestant, workload, options: told, error } of failed)
    notes.push(`failed: ${contestant.name}, ${workload} (${optionText(told)}): ${error}`);
  return { name: "Speed", tables, targets, notes };
};

const perSecond = (figures: Figures | undefined): number | undefined => (figures && "perSecond" in figures ? figures.perSecond : undefined);
const quantiles = (figures: Figures | undefined): readonly [number?, number?] =>
  figures && "p50" in figures ? [figures.p50, figures.p99] : [];

const comparison = (loss: string, plays: readonly Play[]): Table => ({
  title: `Best of each sweep: what is confirmed ${loss}`,
  columns: [
    "system",
    "keeps history",
    "independent tasks/s",
    "graph tasks/s",
    "idle start p50 ms",
    "p99 ms",
    "start behind 10,000 p50 ms",
    "p99 ms",
  ],
  rows: CONTESTANTS.filter(({ name }) => plays.some((play) => play.contestant.name === name)).map(({ name, history }) => {
    const of = (workload: Workload) => bestOf(plays, name, workload)?.figures;
    const [idle50, idle99] = quantiles(of("idle"));
    const [behind50, behind99] = quantiles(of("behind"));
    return [name, history ? "yes" : "no", perSecond(of("independent")), perSecond(of("graphs")), idle50, idle99, behind50, behind99];
  }),
});

const sweep = (loss: string, plays: readonly Play[]): Table => ({
  title: `Sweep: what is confirmed ${loss}`,
  columns: ["workload", "system", "options", "tasks/s", "p50 ms", "p99 ms", "best"],
  rows: plays.map((play) => {
    const { contestant, workload, options, figures } = play;
    const best = bestOf(plays, contestant.name, workload) === play;
    return [workload, contestant.name, optionText(options), perSecond(figures), ...pair(quantiles(figures)), best ? "*" : ""];
  }),
});

const pair = ([a, b]: readonly [number?, number?]): [number | undefined, number | undefined] => [a, b];

/** The best rate among the peers that `counts`. */
const bestPeer = (plays: readonly Play[], workload: Workload, counts: (history: boolean) => boolean): { name: string; rate: number } => {
  let best = { name: "no peer", rate: 0 };
  for (const { name, history, needs } of CONTESTANTS) {
    const rate = needs !== undefined && counts(history) ? perSecond(bestOf(plays, name, workload)?.figures) : undefined;
    if (rate !== undefined && rate > best.rate) best = { name, rate };
  }
  return best;
};

const targetsOf = (plays: readonly Play[]): Target[] => {
  const targets: Target[] = [];
  const ratio = (what: string, workload: Workload, least: number, counts: (history: boolean) => boolean): void => {
    const own = perSecond(bestOf(plays, "QMOI", workload)?.figures) ?? 0;
    const { name, rate } = bestPeer(plays, workload, counts);
    if (rate === 0) return;
    const measured = `${figure(own / rate)} × ${name} (${figure(own)} and ${figure(rate)})`;
    targets.push({ name: what, target: `≥ ${least} ×`, measured, met: own >= least * rate });
  };
  ratio("independent tasks, to the best peer with history", "independent", 2, (history) => history);
  ratio("independent tasks, to the best bare queue", "independent", 1, (history) => !history);
  ratio("graph tasks, to the best peer with dependencies", "graphs", 2, () => true);
  const latency = (what: string, workload: Workload, most: number): void => {
    const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(bestOf(plays, "QMOI", workload)?.figures);
    targets.push({ name: `${what}, p50`, target: `≤ ${most} ms`, measured: `${figure(p50)} ms`, met: p50 <= most });
    targets.push({ name: `${what}, p99`, target: "≤ 10 ms", measured: `${figure(p99)} ms`, met: p99 <= 10 });
  };
  latency("ready to start, idle", "idle", 0.6);
  latency("ready to start behind 10,000", "behind", 2);
  return targets;
};

const starts = async ({ folder, scale, progress }: SpeedOptions): Promise<Table> => {
  const rows: (string | number)[][] = [];
  for (const kind of ["process", "thread"] as const) {
    const own = mkdtempSync(join(folder, "starts-"));
    const assignment: StartsAssignment = { kind, tasks: Math.ceil(1000 * scale), samples: Math.ceil(200 * scale), folder: own };
    const figures = await inChild<StartFigures>(fileURLToPath(new URL("starts.ts", import.meta.url)), assignment);
    progress(`${kind}: ${JSON.stringify(figures)}`);
    rows.push([kind === "process" ? "process (true)" : "function in a worker thread", figures.perSecond, figures.p50, figures.p99]);
    rmSync(own, { recursive: true, force: true });
  }
  return {
    title: "Processes and worker threads: from asking for a run of one task to its stored end",
    columns: ["target", "tasks/s", "p50 ms", "p99 ms"],
    rows,
  };
};
