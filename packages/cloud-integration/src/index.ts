export { type CostLine, costOf, dollarsOf, MONTH_SECONDS, type Usage } from "./cost/cost.ts";
export { COUNTED, type Estimate, type EstimatedLine, type EstimateRequest, estimateMonth, STAGE } from "./cost/estimate.ts";
export { AWS_PRICES, type Price, type PriceList, type Resource } from "./cost/prices.ts";
export { type ProviderReport, RECEPTIONS, type Reception, type ReportedMetric, receptionOf } from "./reports/report.ts";
export { PROVIDER_STATES, type ProviderState, providerState, silentMinutes } from "./reports/silence.ts";
