import type { Config } from "@qmoi/config";
import type { TrainingJob } from "@qmoi/forecast";
import { type Ports, trainingEngine } from "@qmoi/runtime";

/** Learning in the function itself, which does nothing else meanwhile; its code is loaded when something is to be learned. */
export const ownTraining = (config: () => Config): NonNullable<Ports["training"]> => ({
  engine: () => trainingEngine(config()),
  trainer: async (job: TrainingJob) => {
    const { histogramForest, runTraining } = await import("@qmoi/forecast/training");
    const ours = [job.engine, job.currentEngine ?? job.engine].every((engine) => engine === histogramForest.name);
    const library = ours ? [] : [(await import("@qmoi/forecast/ml-random-forest")).mlRandomForest];
    return runTraining(job, [histogramForest, ...library]);
  },
});
