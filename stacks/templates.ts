import { App, Stack } from "aws-cdk-lib";
import { Template as Synthesised } from "aws-cdk-lib/assertions";
import { addStacks } from "./index.ts";
import type { Template } from "./permissions.ts";

/** Templates of a stage's stacks by name, whatever the code of its functions is. */
export const templatesOf = (stage: string): ReadonlyMap<string, Template> => {
  const app = new App();
  addStacks(
    app,
    stage,
    (name) => name,
    () => "config/schema",
  );
  const stacks = app.node.children.filter((child) => Stack.isStack(child));
  return new Map(stacks.map((stack) => [stack.stackName, Synthesised.fromStack(stack).toJSON() as Template]));
};
