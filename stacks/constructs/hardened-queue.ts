import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { prefixOf, type Stage } from "../stages.ts";

/** A queue of a stage: encrypted, and spoken to by TLS only. `name`: without the stage's prefix. */
export const hardenedQueue = (scope: Construct, id: string, stage: Stage, name: string, props: QueueProps = {}): Queue =>
  new Queue(scope, id, { queueName: `${prefixOf(stage)}${name}`, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...props });

/** A queue that keeps what failed for good, for as long as SQS does. */
export const deadLetterQueue = (scope: Construct, stage: Stage, name: string): Queue =>
  hardenedQueue(scope, "DeadLetters", stage, name, { retentionPeriod: Duration.days(14) });
