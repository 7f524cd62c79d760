import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Suites that take longest, in the order in which they begin. The simulated worlds keep all cores busy: what waits for processes, servers and
 * clocks goes beside them, and what computes comes after. One that began last would keep a single core busy at the end.
 */
const LONGEST = [
  "test/simulation/simulation.test.ts",
  "test/(integration|contract)/",
  "packages/cli/src/main.test.ts",
  "packages/adapters/src/targets/",
  "test/stacks/bundles.test.ts",
  "stacks/bundling/",
  "test/(stacks|simulation|fuzz|config)/",
  "packages/forecast/",
].map((path) => new RegExp(`/${path}`));

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((path) => path.test(moduleId));
      return found < 0 ? LONGEST.length : found;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "functions/**/*.test.ts", "scripts/**/*.test.ts", "stacks/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", "test/bench/peers/**"],
    globalSetup: ["test/support/built-package.ts"],
    setupFiles: ["test/support/setup.ts"],
    // Files of one worker share what they import, which is half of what a small one costs; a test that leaves traces has to clean up.
    isolate: false,
    // One more than cores: many suites wait for servers and child processes. The default would leave one of two cores idle.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    // For esbuild, which is written in Go: it lives for seconds, and collecting garbage as often as a server does takes a sixth of its time.
    env: { GOGC: "400" },
    // Property tests and child processes on a busy machine with two cores; a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
