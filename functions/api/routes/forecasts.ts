import { renderPage } from "../render.ts";
import { renderOrder, renderRecommendations, renderTaskProfile } from "../render-advice.ts";
import { renderForecaster, renderForecastType, renderTaskForecast, renderTraining } from "../render-forecasts.ts";
import { defineRoute, type Route } from "../route.ts";

const adviceAnswers = () => import("../advice-answers.ts");
const forecastAnswers = () => import("../forecast-answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

export const forecastRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/forecast",
    role: "viewer",
    summary: "The forecaster in force, what it was promoted for, and how it has fared since.",
    answer: async () => (await forecastAnswers()).forecasterAnswer,
    handle: async ({ plane }) => ({ body: renderForecaster(await plane.forecaster()) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/forecast/types",
    role: "viewer",
    summary: "What is known of each type of task, by name.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await forecastAnswers()).forecastTypeAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.forecastTypes(query), renderForecastType) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/forecast/explain",
    role: "viewer",
    summary: "How the forecasts of a task come about: of `workflow/task`, a task's name, or a type.",
    query: async () => (await schemas()).taskForecastQuery,
    answer: async () => (await forecastAnswers()).taskForecastAnswer,
    handle: async ({ plane, query }) => ({ body: renderTaskForecast(await plane.explainForecast(query.task)) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/forecast/profiles",
    role: "viewer",
    summary: "What the last week tells of each type of task: what it is made of, trend, variability, best hour, cost of failures.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await adviceAnswers()).taskProfileAnswer),
    handle: async ({ plane, query }) => ({ body: renderPage(await plane.taskProfiles(query), renderTaskProfile) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/forecast/order",
    role: "viewer",
    summary: "The order in which waiting work starts: each run's score with its parts, and the policy in force.",
    answer: async () => (await adviceAnswers()).orderAnswer,
    handle: async ({ plane }) => ({ body: renderOrder(await plane.order()) }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/forecast/recommendations",
    role: "viewer",
    summary: "What could be done now to finish work earlier, each with its evidence: simulated on recorded runs where it can be.",
    answer: async () => (await adviceAnswers()).recommendationsAnswer,
    handle: async ({ plane }) => ({ body: renderRecommendations(await plane.recommendations()) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/forecast/train",
    role: "operator",
    audit: "forecast.train",
    summary: "Learn from history if that is due, or at once by `force`. What comes of it is put in force only if it is better.",
    body: async () => (await schemas()).trainBody,
    answer: async () => (await forecastAnswers()).trainingAnswer,
    handle: async ({ plane, body }) => {
      const training = renderTraining(await plane.trainForecasts(body));
      return { body: training, audit: { after: { result: training.result } } };
    },
  }),
];
