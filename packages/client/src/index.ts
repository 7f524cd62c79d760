export * from "./client.ts";
export type { ClientOptions } from "./http.ts";
export * from "./types.ts";
