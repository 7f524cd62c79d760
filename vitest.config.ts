import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The simulated worlds take both cores for a minute. */
const LONGEST = "/test/simulation/simulation.test.ts";

/** The long suites first, all of them under test/: one that begins last would keep a single core busy at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => /\/test\/(integration|contract|simulation)\//.test(moduleId);
    const rank = (file: TestSpecification): number => (file.moduleId.endsWith(LONGEST) ? 0 : isLong(file) ? 1 : 2);
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
    // Property tests and child processes on a busy machine with two cores; a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
