import { expect, it } from "vitest";
import { type Bindings, bindTargets, boundTargets } from "./bindings.ts";
import { validate } from "./validate.ts";
import { workflowSchema } from "./workflow.ts";

const BINDINGS: Bindings = {
  train: {
    local: { type: "process", command: "train" },
    prod: { type: "ecs", resource: "qmoi-work-train" },
    default: { type: "lambda", resource: "qmoi-work-train" },
  },
  report: { local: { type: "wait", seconds: 1 } },
};
const task = (name: string, target: object) => ({ name, target });
const workflow = (...tasks: object[]) => validate(workflowSchema, { name: "w", tasks });
const WORKFLOW = workflow(
  task("a", { type: "binding", name: "train" }),
  task("b", { type: "binding", name: "report" }),
  task("c", { type: "wait", seconds: 2 }),
);

it.each([
  ["local", ["process", "wait", "wait"]],
  ["prod", ["ecs", "binding", "wait"]],
  ["dev", ["lambda", "binding", "wait"]],
  // No stage's name is a property that every object has.
  ["constructor", ["lambda", "binding", "wait"]],
])("on %s bindings stand for %j", (stage, types) => {
  expect(bindTargets(WORKFLOW, boundTargets(BINDINGS, stage)).tasks.map(({ target }) => target.type)).toEqual(types);
});

it("a workflow without bindings is itself", () => {
  const plain = workflow(task("c", { type: "wait", seconds: 2 }));
  expect(bindTargets(plain, boundTargets(BINDINGS, "local"))).toBe(plain);
});
