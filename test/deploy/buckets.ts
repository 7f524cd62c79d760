import { S3BlobStore } from "@qmoi/adapters/aws";
import { lambdaRequest } from "./aws-request.ts";
import { type Deployed, STAGE } from "./deployed.ts";

/** A bucket of the stage, as its functions know it. */
export const bucketOf = async ({ aws }: Deployed, which: "BLOBS" | "BACKUPS"): Promise<S3BlobStore> => {
  const { Environment } = await lambdaRequest(aws.port, "GET", `qmoi-${STAGE}-master/configuration`);
  return new S3BlobStore({ bucket: Environment.Variables[`QMOI_${which}`], client: { ...aws.client, forcePathStyle: true } });
};

/** Keys of all objects. */
export const keysIn = async (bucket: S3BlobStore, prefix = ""): Promise<readonly string[]> =>
  (await bucket.list(prefix, { limit: 10_000 })).map(({ key }) => key);
