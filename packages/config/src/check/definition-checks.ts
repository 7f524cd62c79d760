import { Late } from "../late.ts";

/** What checks definitions. */
export const definitionChecks = new Late("Checks of definitions", async () => (await import("./check-workflow.ts")).checkDefinition);
