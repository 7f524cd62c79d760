import type { ProviderView } from "@qmoi/runtime";
import type { ProviderAnswer } from "../governance-answers.ts";
import { iso, renderPage } from "../render.ts";
import { defineRoute, type Route } from "../route.ts";

const governanceAnswers = () => import("../governance-answers.ts");
const lists = () => import("../lists.ts");
const schemas = () => import("../schemas.ts");

const renderProvider = ({ provider, expected, state, minutes, received, report }: ProviderView): ProviderAnswer => ({
  provider,
  expected,
  state,
  minutes,
  receivedAt: received === undefined ? null : iso(received),
  report: report
    ? { id: report.id, at: iso(report.at), metrics: report.metrics.map(({ name, value, unit }) => ({ name, value, unit: unit ?? null })) }
    : null,
});

export const providerRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/v1/providers/{provider}/reports",
    role: "operator",
    summary: "Take in what a provider tells of itself; the latest report is kept.",
    body: async () => (await import("@qmoi/cloud-integration/schemas")).reportSchema,
    answer: async () => (await governanceAnswers()).reportAnswer,
    handle: async ({ providers, params: { provider = "" }, body }) => {
      const { reception, ...view } = await providers.report(provider, body);
      return { body: { ...renderProvider(view), reception } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/providers",
    role: "viewer",
    summary: "List the providers that are expected to report or did, with their latest reports.",
    query: async () => (await schemas()).pageQuery,
    answer: async () => (await lists()).pageOf((await governanceAnswers()).providerAnswer),
    handle: async ({ providers, query }) => ({ body: renderPage(await providers.list(query), renderProvider) }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/providers/{provider}/forget",
    role: "master",
    audit: "provider.forget",
    summary: "Forget what a provider has reported. One that is expected to report is silent from then on.",
    body: async () => (await schemas()).reasonBody,
    answer: async () => (await governanceAnswers()).providerAnswer,
    handle: async ({ providers, params: { provider = "" }, body: { reason } }) => {
      const forgotten = renderProvider(await providers.forget(provider));
      const before = { receivedAt: forgotten.receivedAt, report: forgotten.report?.id ?? null };
      return { body: forgotten, audit: { before, ...(reason === undefined ? {} : { reason }) } };
    },
  }),
];
