import type { OrderView, RecommendationsView, StandingView, TaskProfile } from "@qmoi/runtime";
import type { OrderAnswer, RecommendationAnswer, RecommendationsAnswer, TaskProfileAnswer } from "./advice-answers.ts";
import { iso, renderRunForecast } from "./render.ts";

/** JSON has no number that is none. */
const known = (number: number | undefined): number | null => (number === undefined || !Number.isFinite(number) ? null : number);

const standingOf = ({ accuracy, pairs, failing }: StandingView): OrderAnswer["standing"] => ({ accuracy: known(accuracy), pairs, failing });

export const renderTaskProfile = (profile: TaskProfile): TaskProfileAnswer => {
  const { workflows, pools, seconds, characteristics, variability, trend, bestHour, failures, ...rest } = profile;
  return {
    ...rest,
    workflows: [...workflows],
    pools: [...pools],
    seconds: { p10: known(seconds.p10), median: known(seconds.median), p90: known(seconds.p90) },
    characteristics: {
      cpuShare: known(characteristics.cpuShare),
      peakMemoryBytes: known(characteristics.peakMemoryBytes),
      shareOfWork: characteristics.shareOfWork,
    },
    variability: { ratio: known(variability.ratio), is: variability.is },
    trend: trend ?? null,
    bestHour: bestHour ?? null,
    failures: failures ? { ...failures, delaySeconds: known(failures.delaySeconds) } : null,
  };
};

export const renderOrder = ({ standing, pools, ...rest }: OrderView): OrderAnswer => ({
  ...rest,
  standing: standingOf(standing),
  pools: pools.map(({ runs, ...pool }) => ({
    ...pool,
    runs: runs.map(({ parts, forecast, score, taskOrder, ...run }) => ({
      ...run,
      taskOrder: taskOrder ?? null,
      score: Math.min(score, Number.MAX_VALUE),
      parts: [...parts],
      forecast: forecast ? renderRunForecast(forecast) : null,
    })),
  })),
});

const recommendationOf = ({ evidence, setting, ...rest }: RecommendationsView["recommendations"][number]): RecommendationAnswer => ({
  ...rest,
  setting: setting ?? null,
  evidence: evidence.kind === "forecasts" ? { ...evidence, accuracy: known(evidence.accuracy) } : evidence,
});

export const renderRecommendations = ({ at, history, policy, standing, recommendations }: RecommendationsView): RecommendationsAnswer => ({
  at: iso(at),
  history: { ...history },
  policy,
  standing: standingOf(standing),
  recommendations: recommendations.map(recommendationOf),
});
