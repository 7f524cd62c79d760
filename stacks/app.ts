import { App } from "aws-cdk-lib";
import { addStacks } from "./index.ts";

// The same stacks without SST: `npx cdk deploy --all -c stage=dev`.
const app = new App();
const stage = String(app.node.tryGetContext("stage") ?? "dev");
addStacks(app, stage, (name) => `${stage}-qmoi-${name}`);
