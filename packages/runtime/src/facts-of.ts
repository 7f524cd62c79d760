import type { Json } from "@qmoi/core";
import type { Engine } from "./engine.ts";
import type { Hint } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import type { RunFacts } from "./run-facts.ts";
import { readInputs, readList } from "./run-loader.ts";

/**
 * What a worker may look at of a hint's run, as new as the grant; from memory and at once where the run lies there. Undefined when there is
 * no such run.
 */
export const factsOf = (engine: Engine, hint: Hint): RunFacts | Promise<RunFacts | undefined> => {
  const entry = engine.decider.runs.get(hint.run);
  // What this process has stored of the run is as new as a grant that follows from it.
  return entry && entry.header.v >= hint.v ? entry : readFacts(engine, hint, entry);
};

/** The same from what is stored, for who keeps no runs in memory; `entry`: what is known of the run, as it was. */
export const readFacts = async (
  { ports, readings, definitions }: Pick<Engine, "ports" | "readings" | "definitions">,
  hint: Hint,
  entry?: RunEntry,
): Promise<RunFacts | undefined> => {
  let header = readings.within(hint.run)?.header;
  // A reading from before a forEach's expansion doesn't know its instances, nor their outputs. One that was under way may be as old.
  for (let reads = 0; reads < 2 && (!header || header.v < hint.v); reads++) header = (await readings.fresh(hint.run, 0)).header;
  if (!header) return undefined;
  const current = header;
  const graph = entry?.graph ?? (await definitions.graph(current.ver));
  const inputs = entry?.inputs ?? (await readInputs(ports, current));
  const list = async (template: number): Promise<readonly Json[]> => entry?.lists.get(template) ?? readList(ports, current, template);
  return { run: hint.run, header: current, graph, inputs, list };
};
