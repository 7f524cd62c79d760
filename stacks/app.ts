import { App } from "aws-cdk-lib";
import { addStacks, deployedAliases, FUNCTION_STACKS } from "./index.ts";

// The same stacks without SST: `npx cdk deploy --all -c stage=dev`.
const app = new App();
const stage = String(app.node.tryGetContext("stage") ?? "dev");
const named = (name: string): string => `${stage}-qmoi-${name}`;
addStacks(app, stage, named, { deployed: await deployedAliases(FUNCTION_STACKS.map(named)) });
