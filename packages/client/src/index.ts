export * from "./api.ts";
export * from "./client.ts";
export type { ClientOptions } from "./http.ts";
