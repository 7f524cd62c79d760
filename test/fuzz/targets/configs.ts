import { readFileSync } from "node:fs";
import { CONFIG_DOCUMENTS, loadConfig, schemaFiles } from "@qmoi/config/schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describeDifferences } from "../differences.ts";
import { type FuzzTarget, Unjustified } from "../fuzz.ts";
import { parseStrictly } from "../json-rules.ts";
import { mutateDocument } from "../mutate-json.ts";
import { randomText } from "../mutate-text.ts";
import { judgeSchedule } from "./cron-rules.ts";

type Settings = Readonly<Record<string, never>>;
const ajv = new Ajv2020({ strict: false });
const folder = new URL("../../../config/", import.meta.url);

/** What the schemas of the documents can't say, said again in other words. */
const RULES: Readonly<Record<string, (value: Settings) => void>> = {
  "master_automation_config.json": ({ modules = {} }) => judgeModules(modules),
  "parallel_processing.json": ({ pools = {} }) => {
    if (Object.keys(pools).length > 0 && !Object.hasOwn(pools, "default")) throw new Unjustified("there is no default pool");
    for (const { slots, largestTask = 1 } of Object.values<{ slots: number; largestTask?: number }>(pools))
      if (largestTask > slots) throw new Unjustified("a task is larger than its pool");
  },
  "memory_optimization.json": ({ host = {} }) => {
    const { pauseAbove = 0.95, resumeBelow = 0.9 }: { pauseAbove?: number; resumeBelow?: number } = host;
    if (resumeBelow > pauseAbove) throw new Unjustified("work resumes above where it pauses");
  },
};

interface Module {
  readonly needs?: readonly string[];
  readonly schedule?: string;
  readonly enabled?: boolean;
}

const judgeModules = (modules: Readonly<Record<string, Module>>): void => {
  const defaults = loadConfig(() => undefined).master.modules as Readonly<Record<string, Required<Module>>>;
  const merged = Object.fromEntries(Object.entries(defaults).map(([name, module]) => [name, { ...module, ...modules[name] }]));
  for (const { schedule } of Object.values(merged)) judgeSchedule(schedule, "UTC");
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) throw new Unjustified(`${name} needs itself`);
    for (const need of merged[name]?.needs ?? []) {
      if (merged[name]?.enabled && !merged[need]?.enabled) throw new Unjustified(`${name} needs ${need}, which is off`);
      visit(need, [...way, name]);
    }
  };
  for (const name of Object.keys(merged)) if (merged[name]?.enabled) visit(name, []);
};

const target = (file: string): FuzzTarget => {
  const valid = readFileSync(new URL(file, folder), "utf8");
  const schema = schemaFiles()[file.replace(".json", ".schema.json")] as Readonly<Record<string, unknown>>;
  const isValid = ajv.compile(schema);
  return {
    name: file,
    mutate: (random) => ({ input: mutateDocument(JSON.parse(valid), random), from: valid }),
    invent: randomText,
    run: (input) => void loadConfig((name) => (name === file ? input : undefined)),
    justify: (input, from = "{}") => {
      const value = parseStrictly(input);
      if (!isValid(value)) throw new Unjustified(`its schema refuses it: ${ajv.errorsText(isValid.errors)}`);
      RULES[file]?.(value as Settings);
      return describeDifferences(JSON.parse(from), value, schema);
    },
  };
};

/** The configuration's files. */
export const configs: readonly FuzzTarget[] = Object.values(CONFIG_DOCUMENTS).map(({ file }) => target(file));
