// Feeds everything that takes input from outside with bad input: `node test/fuzz/bad-input.ts --count 100000 --seed 1 [--target workflows]`.
// Fails on a crash, an error without a code, and input that was accepted though it is wrong; a hang shows as no end.
import { parseArgs } from "node:util";
import { type FuzzReport, fuzz, renderReport } from "./fuzz.ts";
import { closeApi, targets } from "./targets/index.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" }, target: { type: "string" } },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0) throw new Error(`no target is named ${values.target}; there are ${targets.map(({ name }) => name).join(", ")}`);

const reports: FuzzReport[] = [];
for (const target of chosen) {
  const report = await fuzz(target, Math.ceil(Number(values.count) / chosen.length), Number(values.seed));
  reports.push(report);
  console.log(`${renderReport(report)}\n`);
}
const sum = (of: (report: FuzzReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
const [inputs, mutated, accepted, findings] = [
  sum((r) => r.inputs),
  sum((r) => r.mutated),
  sum((r) => r.accepted),
  sum((r) => r.findings.length),
];
console.log(
  `all: ${inputs} inputs, ${mutated} of them mutated documents, ${accepted} accepted (${((100 * accepted) / inputs).toFixed(1)} %), ${findings} findings`,
);
await closeApi();
if (findings > 0) process.exitCode = 1;
