import { BUILT } from "@qmoi/config/schemas";
import { ArnFormat, Stack } from "aws-cdk-lib";
import { machineName, prefixOf, type Stage } from "../stages.ts";
import type { HardenedFunction } from "./hardened-function.ts";

/** Lets a function read, and where there is none create, the key of the audit. */
export const grantOwnParameters = (to: HardenedFunction, stage: Stage): void => {
  const name = `${prefixOf(stage)}audit-key`;
  to.allow(
    ["ssm:GetParameter", "ssm:PutParameter"],
    [Stack.of(to).formatArn({ service: "ssm", resource: "parameter", resourceName: name })],
  );
};

/** Lets a function read the key of backups: not among the secrets of tasks, which workflows name. */
export const grantBackupKey = (to: HardenedFunction, stage: Stage): void => {
  const name = `${prefixOf(stage)}backup-key`;
  to.allow(["ssm:GetParameter"], [Stack.of(to).formatArn({ service: "ssm", resource: "parameter", resourceName: name })]);
  // Secrets Manager adds a dash and six characters to a secret's name.
  const managed = {
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  };
  to.allow(["secretsmanager:GetSecretValue"], [Stack.of(to).formatArn(managed)]);
};

/** Lets a function begin commands, and see whether the execution of one has ended. */
export const grantBeginning = (to: HardenedFunction, stage: Stage): void => {
  const arn = (resource: string): string => Stack.of(to).formatArn({ service: "states", resource });
  to.allow(["states:StartExecution"], [arn(`stateMachine:${machineName(stage)}`)]);
  to.allow(["states:DescribeExecution"], [arn(`execution:${machineName(stage)}:*`)]);
};

/** Lets a function see which alarms are on. */
export const grantAlarms = (to: HardenedFunction): void =>
  to.allow(
    ["cloudwatch:DescribeAlarms"],
    [Stack.of(to).formatArn({ service: "cloudwatch", resource: "alarm", resourceName: "*", arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
  );

/** Lets a function switch the schedules of modules on and off, and change them. */
export const grantModuleRules = (to: HardenedFunction, stage: Stage): void =>
  to.allow(
    ["events:DescribeRule", "events:EnableRule", "events:DisableRule", "events:PutRule"],
    [...BUILT].map((module) =>
      Stack.of(to).formatArn({ service: "events", resource: "rule", resourceName: `${prefixOf(stage)}${module}` }),
    ),
  );

/** Lets a function see which versions the stage's functions have and run, or also ask them, move them, and delete versions. */
export const grantReleases = (to: HardenedFunction, stage: Stage, does: "look" | "move"): void => {
  const functions = Stack.of(to).formatArn({ service: "lambda", resource: `function:${prefixOf(stage)}*` });
  const parameter = Stack.of(to).formatArn({ service: "ssm", resource: "parameter", resourceName: `${prefixOf(stage)}functions` });
  to.allow(["ssm:GetParameter"], [parameter]);
  to.allow(["lambda:GetAlias", "lambda:ListVersionsByFunction", ...(does === "move" ? ["lambda:UpdateAlias"] : [])], [functions]);
  if (does !== "move") return;
  to.allow(["lambda:InvokeFunction"], [`${functions}:*`]);
  // AWS knows functions as its resource, not versions, and this matches the ARNs of both.
  to.allow(["lambda:DeleteFunction"], [functions]);
};
