import { App, Stack } from "aws-cdk-lib";
import { Template as Synthesised } from "aws-cdk-lib/assertions";
import { BUNDLING_STACKS } from "aws-cdk-lib/cx-api";
import type { DeployedAliases } from "./deployed.ts";
import { addStacks } from "./index.ts";
import type { Template } from "./permissions.ts";

/** Templates of a stage's stacks by name, given what is deployed of it, whatever the code of its functions is. */
export const templatesOf = (stage: string, deployed: DeployedAliases = new Map()): ReadonlyMap<string, Template> => {
  const app = new App({ context: { [BUNDLING_STACKS]: [] } });
  addStacks(app, stage, (name) => name, { deployed });
  const stacks = app.node.children.filter((child) => Stack.isStack(child));
  return new Map(stacks.map((stack) => [stack.stackName, Synthesised.fromStack(stack).toJSON() as Template]));
};
