import { Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import { prefixOf, type Stage } from "./stages.ts";

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** The one table, and the buckets for what is too large for it. */
export class DataStack extends Stack {
  readonly table: Table;
  readonly blobs: Bucket;
  readonly backups: Bucket;
  /** Holds nothing yet, and nobody may use it: archiving is the work of data-optimizer. It is there with the data, which outlives what writes it. */
  readonly archives: Bucket;

  constructor(scope: Construct, id: string, stage: Stage, props?: StackProps) {
    super(scope, id, props);
    const removalPolicy = stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.table = new Table(this, "Table", {
      tableName: `${prefixOf(stage)}table`,
      partitionKey: text("pk"),
      sortKey: text("sk"),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_IMAGE,
      timeToLiveAttribute: "ttl",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.DEFAULT,
      removalPolicy,
      deletionProtection: stage.keepsData,
    });
    for (const n of [1, 2])
      this.table.addGlobalSecondaryIndex({
        indexName: `index${n}`,
        partitionKey: text(`i${n}p`),
        sortKey: text(`i${n}s`),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    const bucket = (name: string, rules: { readonly prefix: string; readonly days: number }[]): Bucket =>
      new Bucket(this, name, {
        encryption: BucketEncryption.S3_MANAGED,
        blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
        enforceSSL: true,
        versioned: true,
        removalPolicy,
        lifecycleRules: [
          { noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(7) },
          ...rules.map(({ prefix, days }) => ({ prefix, expiration: Duration.days(days) })),
        ],
      });
    this.blobs = bucket("Blobs", [{ prefix: "logs/", days: 90 }]);
    // How long a backup stays is the configuration's: what deletes one leaves its versions for as long as those of anything else.
    this.backups = bucket("Backups", []);
    this.archives = bucket("Archives", []);
    // Where the command line finds it, to record in the audit who made the first key.
    new StringParameter(this, "BlobsName", { parameterName: `/${prefixOf(stage)}blobs`, stringValue: this.blobs.bucketName });
  }
}
