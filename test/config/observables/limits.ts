import { bindTargets, boundTargets, type Config, type WorkflowLimits } from "@qmoi/config";
import { checkWorkflow } from "@qmoi/config/check";
import { hostCapacity } from "@qmoi/config/schemas";
import { validate } from "@qmoi/config/validate";
import { workflowSchema } from "@qmoi/config/workflow";
import { QmoiError } from "@qmoi/core";
import type { Observable } from "../observable.ts";

const HOST = { cpu: 4, memory: 8e9, disk: 100e9 };

const limitsOf = ({ parallel }: Config): WorkflowLimits => ({ pools: parallel.pools, host: hostCapacity(parallel.host, HOST) });

/** Whether a task with these resources is accepted, or the code and place of the refusal. */
const publish =
  (resources: object): Observable["observe"] =>
  (config) => {
    const document = { name: "w", tasks: [{ name: "a", target: { type: "wait", seconds: 1 }, resources }] };
    try {
      checkWorkflow(validate(workflowSchema, document), limitsOf(config));
      return "accepted";
    } catch (error) {
      if (error instanceof QmoiError) return [error.code, error.path];
      throw error;
    }
  };

/** What a task does that is bound to `work`. */
const bound: Observable["observe"] = ({ parallel }) => {
  const workflow = validate(workflowSchema, { name: "w", tasks: [{ name: "a", target: { type: "binding", name: "work" } }] });
  return bindTargets(workflow, boundTargets(parallel.bindings, "local")).tasks[0]?.target;
};
const waits = (seconds: number) => ({ parallel: { bindings: { work: { local: { type: "wait", seconds } } } } });

/** What a task may ask for, and what it may stand for. */
export const limitObservables: readonly Observable[] = [
  { leaf: "parallel.bindings.*.*", base: waits(1), change: waits(2), observe: bound },
  { leaf: "parallel.pools.*.slots", change: { parallel: { pools: { default: { slots: 3 } } } }, observe: publish({ slots: 4 }) },
  {
    leaf: "parallel.pools.*.largestTask",
    change: { parallel: { pools: { default: { largestTask: 3 } } } },
    observe: publish({ slots: 4 }),
  },
  { leaf: "parallel.host.cpu", change: { parallel: { host: { cpu: 2 } } }, observe: publish({ cpu: 3 }) },
  { leaf: "parallel.host.memory", change: { parallel: { host: { memory: "50%" } } }, observe: publish({ memory: 5e9 }) },
  { leaf: "parallel.host.disk", change: { parallel: { host: { disk: 1e9 } } }, observe: publish({ disk: 2e9 }) },
];
