// Only what is used, in a module of its own: loaded when there is something to tell.
export { Metrics } from "@aws-lambda-powertools/metrics";
