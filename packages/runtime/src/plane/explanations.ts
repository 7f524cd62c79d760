import { Late } from "@qmoi/core";

/** What explains where a task stands. */
export const explanations = /* @__PURE__ */ new Late("Explanations", async () => (await import("./explain.ts")).reasonsOf);
