import type { App } from "aws-cdk-lib";
import type { SSTConfig } from "sst";
import { addStacks } from "./stacks/index.ts";

export default {
  config: () => ({ name: "qmoi", region: process.env.AWS_REGION ?? "us-east-1" }),
  stacks: (app) => addStacks(app as unknown as App, app.stage, (name) => app.logicalPrefixedName(name)),
} satisfies SSTConfig;
