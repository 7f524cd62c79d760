import type { ControlPlane } from "../control-plane.ts";
import type { Optimization, SystemModule } from "../modules.ts";

/** The module intelligent-scheduler: its work is to keep what is forecast fit for what comes. */
export const schedulerModule = (plane: Pick<ControlPlane, "forecaster" | "trainForecasts">): SystemModule => ({
  name: "intelligent-scheduler",
  tick: () => plane.trainForecasts(),
  health: async () => {
    const { model, coverage, due, types } = await plane.forecaster();
    return {
      types,
      ...(model ? { forecaster: model.n, records: model.records, coverageHeldBack: model.score.coverage } : {}),
      ...(coverage === undefined ? {} : { coverage }),
      ...(due === undefined ? {} : { trainingDue: due }),
    };
  },
  optimize: async (): Promise<Optimization[]> => {
    const { result, says, score, current } = await plane.trainForecasts({ force: true });
    if (result !== "promoted" || !score) return [];
    return [
      { what: says, figures: { lossAfter: score.loss, coverageAfter: score.coverage, ...(current ? { lossBefore: current.loss } : {}) } },
    ];
  },
});
