import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "functions/**/*.test.ts", "scripts/**/*.test.ts", "stacks/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", "test/bench/peers/**"],
    globalSetup: ["test/support/built-package.ts"],
    setupFiles: ["test/support/setup.ts"],
    // One more than cores: many suites wait for servers and child processes. The default would leave one of two cores idle.
    maxWorkers: availableParallelism() + 1,
    // Property tests and child processes on a busy machine with two cores; a hang still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
