import { Late } from "@qmoi/core";

/** What explains where a task stands. */
export const explanations = new Late("Explanations", async () => (await import("./explain.ts")).reasonsOf);
