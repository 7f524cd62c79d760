import { type App, Stack, Tags } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { ApiStack } from "./api-stack.ts";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import { DataStack } from "./data-stack.ts";
import { EngineStack } from "./engine-stack.ts";
import { explainFindings } from "./findings.ts";
import { MasterStack } from "./master-stack.ts";
import { ModulesStack } from "./modules-stack.ts";
import { ObservabilityStack } from "./observability-stack.ts";
import { prefixOf, type StageParts, stageOf } from "./stages.ts";

export { deployedAliases } from "./deployed.ts";

/** Stacks that hold functions. */
export const FUNCTION_STACKS = ["engine", "master", "modules", "api"] as const;

/** All stacks of a stage. `named` gives a stack's full name. */
export const addStacks = (app: App, stageName: string, named: (name: string) => string, parts?: Partial<StageParts>): void => {
  const stage = stageOf(stageName, parts);
  const stack = (name: string) => [app, named(name)] as const;
  const data = new DataStack(...stack("data"), stage);
  const engine = new EngineStack(...stack("engine"), stage, data);
  new MasterStack(...stack("master"), stage, engine);
  const modules = new ModulesStack(...stack("modules"), stage, { engine, data });
  const api = new ApiStack(...stack("api"), stage, engine);
  const observability = new ObservabilityStack(...stack("observability"), stage, { modules, api });
  // Where updates find what belongs to which module.
  new StringParameter(observability, "Functions", {
    parameterName: `/${prefixOf(stage)}functions`,
    stringValue: JSON.stringify(functionsOf(app)),
  });
  for (const child of app.node.children) if (Stack.isStack(child)) explainFindings(child);
  const tags = { app: "qmoi", stage: stage.name, owner: stage.owner, "cost-centre": stage.costCentre };
  for (const [name, value] of Object.entries(tags)) Tags.of(app).add(name, value);
};

/** Names of functions, without the stage's prefix, by module. */
const functionsOf = (app: App): Readonly<Record<string, readonly string[]>> => {
  const all = app.node.findAll().filter((construct) => construct instanceof HardenedFunction);
  return Object.fromEntries([...Map.groupBy(all, ({ module }) => module)].map(([module, each]) => [module, each.map(({ name }) => name)]));
};
