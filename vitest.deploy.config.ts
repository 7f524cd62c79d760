import { defineConfig } from "vitest/config";

/** `npm run test:deploy`: apart from the other tests, because it deploys everything to an emulator of AWS. */
export default defineConfig({
  test: {
    include: ["test/deploy/*.suite.ts"],
    setupFiles: ["test/support/setup.ts"],
    // One emulator at a time: each runs the functions too.
    fileParallelism: false,
    // Each scene goes on from the one before: after a failure the others would only wait for what never comes.
    bail: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
