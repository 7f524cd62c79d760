import { type BoundTargets, bindTargets, type Workflow, type WorkflowDocument } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";
import type { Ports } from "../ports.ts";

const NONE: BoundTargets = new Map();
const FILE = "parallel_processing.json";

/**
 * The workflow of a document, if it can run here: as it is written, and with what its bindings stand for. Errors: those of a definition, and
 * QMOI_TARGET_UNAVAILABLE.
 */
export const checkHere = async (ports: Ports, document: WorkflowDocument): Promise<Workflow> => {
  const workflow = await ports.checks.definition(document, ports.limits());
  const bound = bindTargets(workflow, ports.bindings?.() ?? NONE);
  for (const [n, { name, target }] of bound.tasks.entries()) {
    if (ports.targets.has(target.type)) continue;
    const path = `$.tasks[${n}].target.type`;
    if (target.type === "binding")
      throw new QmoiError("QMOI_TARGET_UNAVAILABLE", `Task "${name}" is bound to "${target.name}", which stands for nothing here.`, {
        path,
        remedy: `Say in ${FILE}, at bindings.${target.name}, what it stands for on this stage.`,
      });
    const types = [...ports.targets.keys()].join(", ");
    throw new QmoiError("QMOI_TARGET_UNAVAILABLE", `Task "${name}" has a target of type "${target.type}", which can't run here.`, {
      path,
      remedy: `Use one of: ${types}. To run it elsewhere too, give it a target { "type": "binding", "name": … }, which stands for a ${target.type} there and for ${elsewhere(types)} here (${FILE}, bindings).`,
    });
  }
  if (bound !== workflow) await ports.checks.definition(bound, ports.limits());
  return workflow;
};

/** What may do a process's work where there are no processes. */
const elsewhere = (types: string): string => (types.includes("ecs") ? "an ecs, lambda or function target" : "one of these");
