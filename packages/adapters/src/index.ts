export * from "./log/index.ts";
export * from "./table/index.ts";
