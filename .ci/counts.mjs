// Prints "passed failed" of a step's counts for .ci/run. Here a suite that did not run is a failure.
import { readFileSync } from "node:fs";

const { passed, failed, notRun = [] } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
console.log(passed, failed + notRun.length);
