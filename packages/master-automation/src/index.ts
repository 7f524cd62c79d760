export * from "./audit/chain.ts";
export * from "./audit/head.ts";
export * from "./audit/redact.ts";
export * from "./audit/verify.ts";
export * from "./commands/index.ts";
