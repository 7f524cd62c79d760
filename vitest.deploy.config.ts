import { defineConfig } from "vitest/config";

/** `npm run test:deploy`: apart from the other tests, because it deploys everything to an emulator of AWS. */
export default defineConfig({
  test: {
    include: ["test/deploy/*.suite.ts"],
    globalSetup: ["test/deploy/ministack.ts"],
    setupFiles: ["test/support/setup.ts"],
    // All suites at once, each on an emulator of its own: the longest waits most of its time.
    maxWorkers: 3,
    // All scenes at once that wait for the same ticks.
    maxConcurrency: 6,
    // Each scene goes on from the one before: after a failure the others would only wait for what never comes.
    bail: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
