export * from "./file-logger.ts";
export * from "./tee-logger.ts";
export * from "./terminal-logger.ts";
