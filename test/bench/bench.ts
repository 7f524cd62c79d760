import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../../scripts/read-options.ts";
import { bundles } from "./bundles/bundles.ts";
import { cost } from "./cost/cost.ts";
import { load } from "./load/load.ts";
import { renderSection } from "./report/render.ts";
import type { Section } from "./report/section.ts";
import { speed } from "./speed/speed.ts";

const HELP = `Measures QMOI and prints every figure as a table.

  npm run bench [-- options]

  --only A,B     only these parts: ${"speed, load, cost, bundles"}
  --scale X      share of the full sizes, above 0 to 1 (default 1); small ones are quick and say little
  --json         the figures as JSON
  --help         this text

  speed   tasks a second and start latency, beside BullMQ, pg-boss, graphile-worker and DBOS Transact (about 30 minutes)
  load    a million queued tasks on one file: answers, memory, claims
  cost    AWS list prices per million tasks, from requests counted on DynamoDB Local
  bundles size of each function's bundle, and the CPU of its import

Examples:
  npm run bench -- --only speed --scale 0.2
  npm run bench -- --only cost,load --json
`;

export interface PartOptions {
  /** An empty folder of the part's own. */
  readonly folder: string;
  readonly scale: number;
  readonly progress: (what: string) => void;
}

const PARTS: Readonly<Record<string, (options: PartOptions) => Promise<Section>>> = { speed, load, cost, bundles };

const { values, refuse } = readOptions(HELP, {
  only: { type: "string", default: Object.keys(PARTS).join(",") },
  scale: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
});

const main = async (): Promise<void> => {
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) refuse(`--scale ${values.scale}: expected a number above 0, at most 1.`);
  const names = values.only.split(",");
  for (const name of names) if (!Object.hasOwn(PARTS, name)) refuse(`--only ${values.only}: there are ${Object.keys(PARTS).join(", ")}.`);
  const root = mkdtempSync(join(tmpdir(), "qmoi-bench-"));
  // PostgreSQL's user must get at its folder inside.
  chmodSync(root, 0o755);
  const sections: Section[] = [];
  process.once("exit", () => rmSync(root, { recursive: true, force: true }));
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  const began = performance.now();
  for (const name of names) {
    const folder = mkdtempSync(join(root, `${name}-`));
    chmodSync(folder, 0o755);
    const progress = (what: string): void =>
      void process.stderr.write(`${String(Math.round((performance.now() - began) / 1000)).padStart(5)} s  ${what}\n`);
    const section = await (PARTS[name] as (options: PartOptions) => Promise<Section>)({ folder, scale, progress });
    sections.push(section);
    if (!values.json) process.stdout.write(`${renderSection(section)}\n\n`);
  }
  const machine = { node: process.version, processors: availableParallelism(), scale };
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, sections }, null, 2)}\n`);
  else process.stdout.write(`Node ${machine.node}, ${machine.processors} processors, sizes × ${scale}.\n`);
};

await main();
