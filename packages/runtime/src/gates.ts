import { evaluateExpression, parseTemplate, referencedTasks, type Scope, type TaskDefinition, type Template } from "@qmoi/config";
import { type Json, QmoiError } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import type { HeaderItem } from "./items.ts";
import type { Outputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import type { RunFacts } from "./run-facts.ts";

/** An element of a forEach and its place. */
export interface Element {
  readonly item: Json;
  readonly index: number;
}

/** What expressions of a task see. `element` only inside a forEach. */
export const scopeOf = async (facts: RunFacts, outputs: Outputs, names: readonly string[], element?: Element): Promise<Scope> => ({
  inputs: facts.inputs,
  run: runScope(facts),
  tasks: names.length === 0 ? {} : await outputs.scope(facts, names),
  ...(element ?? {}),
});

const runScope = ({ run, header }: RunFacts): Scope["run"] => ({
  id: run,
  workflow: header.wf,
  // Few expressions look at it, and each evaluation would pay for it.
  get startedAt() {
    return new Date(header.ca).toISOString();
  },
});

/** Templates of a task's keys, parsed once per definition: the same is rendered at each grant and each return. */
const keyTemplates = new WeakMap<TaskDefinition, Map<string, Template>>();

const keyTemplate = (def: TaskDefinition, text: string): Template => {
  const own = keyTemplates.get(def) ?? new Map<string, Template>();
  const template = own.get(text) ?? parseTemplate(text);
  keyTemplates.set(def, own.set(text, template));
  return template;
};

/** A key such as a concurrency key: may use inputs, run and element, not outputs, so it needs no read. */
export const renderKey = (entry: RunEntry, task: number, text: string): string => {
  const { task: found, element } = entry.state.locate(task);
  const of = element === undefined ? {} : { item: entry.itemOf(task) ?? null, index: element };
  const rendered = keyTemplate(found.def, text).render({ inputs: entry.inputs, run: runScope(entry), tasks: {}, ...of });
  return typeof rendered === "string" ? rendered : JSON.stringify(rendered);
};

export type GateResult =
  | { readonly kind: "open"; readonly notBefore: number }
  | { readonly kind: "skip" }
  | { readonly kind: "fail"; readonly message: string }
  | { readonly kind: "expand"; readonly list: readonly Json[]; readonly blob: string };

/** The run with what this fold has expanded so far: an empty forEach ends at once, and what needs it is judged in the same fold. */
const withExpanded = (entry: RunEntry): RunFacts => {
  const { run, header, graph, inputs, list, expanded } = entry;
  return expanded.length === 0 ? entry : { run, graph, inputs, list, header: { ...header, exp: [...(header.exp ?? []), ...expanded] } };
};

/** After a restore a list may be another one: who still works on what was there before must not write over it. */
const suffixOf = (header: HeaderItem): string => (generationOf(header) === 0 ? "" : `-${generationOf(header)}`);

/** What becomes of a task whose needs are met: `when`, then `forEach`, then not-before. Errors of the author's expressions fail the task. */
export const passGate = async (ports: Ports, entry: RunEntry, outputs: Outputs, task: number, metAt: number): Promise<GateResult> => {
  const { def } = entry.state.locate(task).task;
  try {
    const names = [...(def.when ? referencedTasks(def.when) : []), ...(def.forEach ? referencedTasks(def.forEach.list) : [])];
    const scope = await scopeOf(withExpanded(entry), outputs, names);
    if (def.when !== undefined && evaluateExpression(def.when, scope) !== true) return { kind: "skip" };
    if (!def.forEach) return { kind: "open", notBefore: def.notBefore ? metAt + def.notBefore * 1000 : 0 };
    const list = evaluateExpression(def.forEach.list, scope);
    if (!Array.isArray(list))
      return { kind: "fail", message: `The forEach list of "${def.name}" is not a list: ${JSON.stringify(list).slice(0, 80)}` };
    if (list.length > def.forEach.max) {
      return {
        kind: "fail",
        message: `The forEach list of "${def.name}" has ${list.length} elements, more than its max of ${def.forEach.max}.`,
      };
    }
    const blob = list.length === 0 ? "" : `lists/${entry.run}/${task}${suffixOf(entry.header)}.json`;
    if (list.length > 0) await ports.blobs.put(blob, Buffer.from(JSON.stringify(list)));
    return { kind: "expand", list, blob };
  } catch (error) {
    if (error instanceof QmoiError && error.code === "QMOI_INVALID_EXPRESSION") return { kind: "fail", message: error.message };
    throw error;
  }
};
