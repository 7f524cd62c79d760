import { Stack } from "aws-cdk-lib";
import { prefixOf, type Stage } from "../stages.ts";
import type { HardenedFunction } from "./hardened-function.ts";

/** Lets a function read, and where there is none create, the key of the audit. */
export const grantOwnParameters = (to: HardenedFunction, stage: Stage): void => {
  const name = `${prefixOf(stage)}audit-key`;
  to.allow(
    ["ssm:GetParameter", "ssm:PutParameter"],
    [Stack.of(to).formatArn({ service: "ssm", resource: "parameter", resourceName: name })],
  );
};
