/** A thread that plays cells: every policy on the same stream. */
import { parentPort, workerData } from "node:worker_threads";
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import { adversaries, fixed, noisy, type Oracle, type Told } from "./forecasts.ts";
import { readInstances } from "./instances.ts";
import { type Cell, type Figures, play } from "./shared.ts";

export interface WorkerData {
  readonly folder: string;
  /** By instance, forecast from the others. */
  readonly learned: readonly Told[];
  readonly policies: readonly string[];
}

/** One stream under one policy. `forecast`: what the policy was told. */
export interface Played {
  readonly cell: Cell;
  readonly policy: string;
  readonly forecast: string;
  readonly figures: Figures;
}

const { folder, learned, policies } = workerData as WorkerData;
const { instances } = readInstances(folder);
const told: Record<Contestant["knows"], Oracle> = {
  forecast: fixed(instances, (_, index) => learned[index] as Told),
  truth: fixed(instances, ({ workflow }) => workflow),
};
const wrong = adversaries(instances);
const contestants = CONTESTANTS.filter(({ name }) => policies.includes(name));
const ours = contestants.filter((contestant) => contestant.ours && contestant.knows === "forecast");

const playCell = (cell: Cell): Played[] => {
  const spoilt: Record<string, Oracle> = { ...wrong };
  for (const sigma of [0.5, 1, 2]) spoilt[`lognormal-${sigma}`] = noisy(instances, sigma, cell.seed);
  return [
    ...contestants.map((contestant) => ({
      cell,
      policy: contestant.name,
      forecast: contestant.knows === "truth" ? "truth" : "leave-one-out",
      figures: play(instances, cell, contestant, told[contestant.knows], { weighted: true }),
    })),
    ...ours.flatMap((contestant) =>
      Object.entries(spoilt).map(([forecast, oracle]) => ({
        cell,
        policy: contestant.name,
        forecast,
        figures: play(instances, cell, contestant, oracle, { weighted: false }),
      })),
    ),
  ];
};

parentPort?.on("message", (cell: Cell) => parentPort?.postMessage(playCell(cell)));
