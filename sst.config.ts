import type { App } from "aws-cdk-lib";
import type { SSTConfig } from "sst";

// Loaded by Node itself, by a path that SST can't follow: bundling would bring copies of the CDK's packages.
const STACKS = `${process.cwd()}/stacks/index.ts`;

export default {
  config: () => ({ name: "qmoi", region: process.env.AWS_REGION ?? "us-east-1" }),
  stacks: async (app) => {
    const { addStacks, deployedAliases, FUNCTION_STACKS } = (await import(STACKS)) as typeof import("./stacks/index.ts");
    // The CDK's own command line does the same: what is taken away needs no code.
    if (app.mode === "remove") app.node.setContext("aws:cdk:bundling-stacks", []);
    const named = (name: string): string => app.logicalPrefixedName(name);
    addStacks(app as unknown as App, app.stage, named, { deployed: await deployedAliases(FUNCTION_STACKS.map(named)) });
  },
} satisfies SSTConfig;
