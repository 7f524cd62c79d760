import { type App, Stack, Tags } from "aws-cdk-lib";
import { ApiStack } from "./api-stack.ts";
import { DataStack } from "./data-stack.ts";
import { EngineStack } from "./engine-stack.ts";
import { explainFindings } from "./findings.ts";
import { MasterStack } from "./master-stack.ts";
import { ModulesStack } from "./modules-stack.ts";
import { ObservabilityStack } from "./observability-stack.ts";
import { type Stage, stageOf } from "./stages.ts";

/** All stacks of a stage. `named` gives a stack's full name; `bundle` makes the functions' code. */
export const addStacks = (app: App, stageName: string, named: (name: string) => string, bundle?: Stage["bundle"]): void => {
  const stage = stageOf(stageName, bundle);
  const stack = (name: string) => [app, named(name)] as const;
  const data = new DataStack(...stack("data"), stage);
  const engine = new EngineStack(...stack("engine"), stage, data);
  new MasterStack(...stack("master"), stage, engine);
  const modules = new ModulesStack(...stack("modules"), stage, { engine, data });
  const api = new ApiStack(...stack("api"), stage, engine);
  new ObservabilityStack(...stack("observability"), stage, { modules, api });
  for (const child of app.node.children) if (Stack.isStack(child)) explainFindings(child);
  const tags = { app: "qmoi", stage: stage.name, owner: stage.owner, "cost-centre": stage.costCentre };
  for (const [name, value] of Object.entries(tags)) Tags.of(app).add(name, value);
};
