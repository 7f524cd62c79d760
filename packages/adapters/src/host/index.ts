export * from "./host-monitor.ts";
export * from "./measure-host.ts";
