import { existsSync } from "node:fs";

/** Why nothing can be deployed or synthesised here; undefined where it can. */
export const missingDeployPackages: string | undefined = existsSync("node_modules/aws-cdk-lib/package.json")
  ? undefined
  : "the packages of stacks/ are not installed; `npm run test:deploy` installs them";
