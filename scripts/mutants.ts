import {
  checksInSource,
  conditionsAsUsed,
  conditionsInSource,
  type MutantResult,
  mutantTasks,
  runMutant,
} from "../test/simulation/support/mutants.ts";
import { readOptions } from "./read-options.ts";

const HELP = `Proves that each condition of a write and each check of control and token is needed: takes one away after the other and shows who notices.
Exit code 1 if one isn't noticed, or if the source has another number of them.

  npm run mutants -- [--seeds 20] [--threads 2] [--only NAME]`;

const { values } = readOptions(HELP, {
  seeds: { type: "string", default: "20" },
  threads: { type: "string", default: "2" },
  only: { type: "string" },
});

const used = await conditionsAsUsed();
const tasks = mutantTasks(used, Number(values.seeds)).filter(({ name }) => values.only === undefined || name.includes(values.only));
const results = new Map<string, MutantResult>();
const left = [...tasks];
const work = async (): Promise<void> => {
  for (let task = left.shift(); task; task = left.shift()) results.set(task.name, await runMutant(task));
};
await Promise.all(Array.from({ length: Number(values.threads) }, work));

let missed = 0;
for (const { name } of tasks) {
  const { scene, seed } = results.get(name) as MutantResult;
  if (!scene && !seed) missed++;
  const bySeed = seed ? `seed ${seed.seed}: ${seed.invariant}` : `none of ${values.seeds} seeds`;
  process.stdout.write(
    `${scene || seed ? "fails" : "PASSES"}  ${name.padEnd(52)}${bySeed.padEnd(44)}${scene ? `scene: ${scene.slice(0, 90)}` : "no scene"}\n`,
  );
}
const conditions = conditionsInSource();
const checks = checksInSource();
const inSource = conditions.length + checks;
process.stdout.write(
  `${tasks.length} dropped (${used.length} conditions, ${tasks.length - used.length} checks of control and token), the source has ${inSource} (${conditions.length} and ${checks}); the suite passes without ${missed} of them\n`,
);
process.exitCode = missed > 0 || inSource !== tasks.length || conditions.join() !== [...used].sort().join() ? 1 : 0;
