// Apart from the package's index: what it takes to give and carry out commands; others only know of them.
export * from "./catalog.ts";
export * from "./confirmation.ts";
export * from "./drain.ts";
export * from "./evidence.ts";
export * from "./health.ts";
export * from "./plan.ts";
