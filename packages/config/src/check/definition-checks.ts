import { Late } from "@qmoi/core";

/** What checks definitions. */
export const definitionChecks = /* @__PURE__ */ new Late(
  "Checks of definitions",
  async () => (await import("./check-workflow.ts")).checkDefinition,
);
