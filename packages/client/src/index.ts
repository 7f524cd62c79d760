export * from "./client.ts";
export type * from "./forecast-types.ts";
export type { ClientOptions } from "./http.ts";
export * from "./types.ts";
