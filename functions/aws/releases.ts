import { readParameter } from "@qmoi/adapters/aws";
import { LambdaReleases } from "@qmoi/adapters/aws/releases";

/** The stage's functions, by the modules that the stacks say they belong to. */
export const openReleases = (prefix: string): LambdaReleases =>
  new LambdaReleases({ prefix, functions: async () => JSON.parse((await readParameter(`/${prefix}functions`)) ?? "{}") });
