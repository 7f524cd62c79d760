import { SystemClock } from "@qmoi/adapters";
import { type Config, MODULES } from "@qmoi/config";
import { type Json, silentLogger } from "@qmoi/core";
import { mlRandomForest } from "@qmoi/forecast/ml-random-forest";
import { histogramForest, runTraining } from "@qmoi/forecast/training";
import { keys, trainingEngine } from "@qmoi/runtime";
import { followSchedules, scheduledModules } from "../../../packages/local/src/module-schedules.ts";
import type { Observable } from "../observable.ts";
import { inLab, type Lab, succeed, type Work } from "./lab.ts";

const algorithm = (settings: { readonly [key: string]: Json }): Observable["change"] => ({ algorithm: settings });
const order = (settings: { readonly [key: string]: Json }): Observable["change"] => algorithm({ order: settings });

const module = (settings: { readonly [key: string]: Json }): Observable["change"] => ({
  master: { modules: { "intelligent-scheduler": settings } },
});

interface Arrival {
  readonly workflow: string;
  /** Tasks side by side, and what each is estimated at (s). */
  readonly tasks: number;
  readonly estimate: number;
  readonly priority?: number;
}

/** The order in which runs start their first tasks on one slot, the first run holding it until all have arrived, by the clock so far apart. */
// At the same time, the run whose random id is lower would go first.
const startOrder = (arrivals: readonly Arrival[], apartMs = 1): Observable["observe"] => {
  const started: string[] = [];
  return (config) => {
    started.length = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work: Work = async ({ task }) => {
      const [workflow = ""] = task.split("-");
      if (workflow === "first") await held;
      else started.push(workflow);
      return succeed(null);
    };
    const experiment = inLab({ work }, async (lab) => {
      const all = [{ workflow: "first", tasks: 1, estimate: 1 }, ...arrivals];
      const runs: string[] = [];
      const clockNow = lab.clock.now.bind(lab.clock);
      for (const [index, arrival] of all.entries()) {
        lab.clock.now = () => clockNow() + apartMs * index;
        runs.push(await begin(lab, arrival));
      }
      release();
      for (const run of runs) await lab.ended(run);
      return [...new Set(started)];
    });
    return experiment(config);
  };
};

const begin = async ({ plane }: Lab, { workflow, tasks, estimate, priority }: Arrival): Promise<string> => {
  const target = { type: "process", command: "true" } as const;
  await plane.publish({
    name: workflow,
    tasks: Array.from({ length: tasks }, (_, index) => ({ name: `${workflow}-${index}`, type: workflow, target, estimate })),
  });
  return (await plane.startRun({ workflow, ...(priority === undefined ? {} : { priority }) })).run;
};

const oneSlot = { parallel: { pools: { default: { slots: 1 } } } };

/** When the module's next pass is due, from now; nothing if never. */
const untilPass: Observable["observe"] = ({ master }) => {
  const asked: number[] = [];
  const clock = new SystemClock();
  clock.after = (ms) => {
    asked.push(ms);
    return () => undefined;
  };
  followSchedules(
    scheduledModules(master, async () => undefined),
    clock,
    silentLogger,
  )();
  return asked.map((ms) => ms > 3_600_000);
};

/** The engine that a training's forecaster is of. */
const learnedBy: Observable["observe"] = (config: Config) => {
  const trainer: NonNullable<Lab["ports"]["training"]>["trainer"] = async (job) =>
    runTraining({ ...job, trees: 3 }, [histogramForest, mlRandomForest]);
  const training = { trainer, engine: () => trainingEngine(config) };
  return inLab({ training }, async (lab) => {
    for (let run = 0; run < 7; run++) await lab.run([{}, {}, {}, {}, {}]);
    await lab.plane.trainForecasts({ force: true });
    return (await lab.table.get(keys.forecaster))?.engine;
  })(config);
};

/** What the scheduler makes of its settings. */
export const schedulerObservables: readonly Observable[] = [
  {
    leaf: "master.modules.intelligent-scheduler.schedule",
    change: module({ schedule: "rate(7 hours)" }),
    observe: untilPass,
  },
  {
    leaf: "master.modules.intelligent-scheduler.enabled",
    base: { master: { modules: Object.fromEntries(MODULES.map((name) => [name, { needs: [] }])) } },
    change: module({ enabled: false }),
    observe: untilPass,
  },
  {
    leaf: "master.intelligent_scheduling",
    base: oneSlot,
    change: { master: { intelligent_scheduling: false } },
    observe: startOrder([
      { workflow: "long", tasks: 4, estimate: 100 },
      { workflow: "short", tasks: 1, estimate: 1 },
    ]),
  },
  {
    leaf: "algorithm.order.policy",
    base: oneSlot,
    change: order({ policy: "workflow-fifo" }),
    observe: startOrder([
      { workflow: "long", tasks: 4, estimate: 100 },
      { workflow: "short", tasks: 1, estimate: 1 },
    ]),
  },
  {
    leaf: "algorithm.order.ageing",
    base: oneSlot,
    // The short one has waited 60 s for its 20 s; the tiny one has just come.
    change: order({ ageing: 0 }),
    observe: startOrder(
      [
        { workflow: "short", tasks: 1, estimate: 20 },
        { workflow: "tiny", tasks: 1, estimate: 8 },
      ],
      60_000,
    ),
  },
  {
    leaf: "algorithm.order.priorityFactor",
    base: oneSlot,
    change: order({ priorityFactor: 1 }),
    observe: startOrder([
      { workflow: "short", tasks: 1, estimate: 100 },
      { workflow: "urgent", tasks: 1, estimate: 200, priority: 10 },
    ]),
  },
  { leaf: "algorithm.forecasts.engine", change: algorithm({ forecasts: { engine: "ml-random-forest" } }), observe: learnedBy },
];
