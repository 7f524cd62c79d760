export * from "./errors.ts";
export * from "./json.ts";
export * from "./ports/blob-store.ts";
export * from "./ports/clock.ts";
export * from "./ports/logger.ts";
export * from "./ports/random.ts";
export * from "./ports/table.ts";
export * from "./ports/target.ts";
