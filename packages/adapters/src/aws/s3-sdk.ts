// Only what is used, in a module of its own: loaded at the first call, and a bundler leaves out the rest of the SDK.
export { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
