import type { HeldBackScore } from "@qmoi/forecast";
import type { ForecasterView, ForecastTypeView, TaskForecastView, TrainingReport } from "@qmoi/runtime";
import type { ForecasterAnswer, ForecastTypeAnswer, TaskForecastAnswer, TrainingAnswer } from "./forecast-answers.ts";
import { iso } from "./render.ts";

/** JSON has no number that is none. */
const known = (number: number | undefined): number | null => (number === undefined || !Number.isFinite(number) ? null : number);

const scoreOf = (score: HeldBackScore): { loss: number | null; coverage: number | null; mdape: number | null } => ({
  loss: known(score.loss),
  coverage: known(score.coverage),
  mdape: known(score.mdape),
});
const maybeScore = (score: HeldBackScore | undefined): ReturnType<typeof scoreOf> | null => (score ? scoreOf(score) : null);

export const renderForecaster = ({ model, coverage, due, types }: ForecasterView): ForecasterAnswer => ({
  model: model
    ? {
        number: model.n,
        trainedAt: iso(model.at),
        engine: model.engine,
        records: model.records,
        heldBack: model.heldBack,
        hash: model.hash,
        score: scoreOf(model.score),
        before: maybeScore(model.before),
      }
    : null,
  coverage: known(coverage),
  due: due ?? null,
  types,
});

export const renderForecastType = (type: ForecastTypeView): ForecastTypeAnswer => ({
  ...type,
  recent: [...type.recent],
  coverage: known(type.coverage),
  relativeWidth: known(type.relativeWidth),
});

type Explained = TaskForecastView["seconds"];
const explained = ({ forecast, candidates, subject, longest, importance }: Explained): TaskForecastAnswer["seconds"] => ({
  forecast,
  candidates: [...candidates],
  subject: subject ?? null,
  longest: [...longest],
  importance: [...importance],
});

export const renderTaskForecast = (view: TaskForecastView): TaskForecastAnswer => ({
  workflow: view.workflow ?? null,
  task: view.task ?? null,
  type: view.type,
  seconds: explained(view.seconds),
  memory: view.memory ? explained(view.memory) : null,
  instances: view.instances ?? null,
  timeoutSeconds: view.timeoutSeconds ?? null,
  reservedBytes: view.reservedBytes ?? null,
});

export const renderTraining = ({ result, says, score, current, trained = 0, heldBack = 0 }: TrainingReport): TrainingAnswer => ({
  result,
  says,
  score: maybeScore(score),
  current: maybeScore(current),
  trained,
  heldBack,
});
