import type { Stack } from "aws-cdk-lib";
import { NagSuppressions } from "cdk-nag";

/** Findings of cdk-nag's AwsSolutions that are meant, each with its reason. Any other fails the tests. */
const MEANT: readonly { readonly id: string; readonly appliesTo?: { regex: string }[]; readonly reason: string }[] = [
  {
    id: "AwsSolutions-S1",
    reason: "Server access logs of S3 cost more than what they watch; CloudTrail data events tell the same where they are wanted.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [{ regex: "/^Resource::.*Arn.*\\/\\*$/g" }],
    reason: "Objects of the stage's own bucket: their keys are made at run time.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [
      { regex: "/^Resource::arn:.*:(function|stateMachine):qmoi-.*\\*$/g" },
      { regex: "/^Resource::arn:.*:(task-definition|role)\\/qmoi-.*\\*$/g" },
      { regex: "/^Resource::arn:.*:execution:qmoi-.*:qmoi-.*\\*$/g" },
    ],
    reason: "Functions made from workflows' tasks, and whatever the stage allows targets to use, are named by their prefix.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [{ regex: "/^Resource::arn:.*:ecs:.*:task\\/\\*$/g" }],
    reason: "Tasks of ECS have random names: a condition narrows this to those that the stage has begun and tagged.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [{ regex: "/^Resource::arn:.*:(parameter\\/|secret:)qmoi-.*-secrets\\/\\*$/g" }],
    reason: "Secrets of tasks lie under one path, and workflows name them.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [{ regex: "/^Resource::arn:.*:execution:qmoi-.*:\\*$/g" }],
    reason: "Executions of the stage's own state machine are named by their commands.",
  },
  {
    id: "AwsSolutions-IAM5",
    appliesTo: [{ regex: "/^Resource::.*:\\*$/g" }, { regex: "/^Resource::\\*$/g" }],
    reason: "The listing of streams and of tasks, deliveries of logs and versions of the own function know no narrower resource.",
  },
  { id: "AwsSolutions-SF1", reason: "Every step writes its own record; the log of the machine is for its failures." },
  { id: "AwsSolutions-SF2", reason: "Tracing is the stage's choice: it costs by the request." },
  { id: "AwsSolutions-APIG4", reason: "Health tells nothing but that it answers, and is asked by those who have no key." },
  { id: "AwsSolutions-SQS3", reason: "The queue is itself where dead letters go." },
  { id: "AwsSolutions-L1", reason: "Node 24 is the latest runtime; this version of the rule does not know it yet." },
];

export const explainFindings = (stack: Stack): void =>
  NagSuppressions.addStackSuppressions(
    stack,
    MEANT.map(({ id, reason, appliesTo }) => ({ id, reason, ...(appliesTo ? { appliesTo } : {}) })),
  );
