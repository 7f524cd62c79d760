import type { S3Client } from "@aws-sdk/client-s3";
import { type BlobInfo, type BlobStore, UnavailableError } from "@qmoi/core";
import { checkBlobKey, checkBlobLimit } from "../blob/blob-key.ts";
import { once } from "../once.ts";

type Sdk = typeof import("./s3-sdk.ts");

export interface S3BlobStoreOptions {
  readonly bucket: string;
  /** Put before every key, with its own slash at the end. */
  readonly prefix?: string;
  /** Where S3 is; from the environment by default. */
  readonly client?: ConstructorParameters<typeof S3Client>[0];
}

/** Most keys that S3 lists in one answer. */
const LISTED = 1000;

/** Blobs in a bucket of S3. Encryption, versions and how long they stay are the bucket's. */
export class S3BlobStore implements BlobStore {
  readonly #options: S3BlobStoreOptions;
  readonly #open: () => Promise<{ readonly sdk: Sdk; readonly client: S3Client }>;

  constructor(options: S3BlobStoreOptions) {
    this.#options = options;
    this.#open = once(async () => {
      const sdk = await import("./s3-sdk.ts");
      return { sdk, client: new sdk.S3Client(options.client ?? {}) };
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask(key, ({ sdk, client }, at) => client.send(new sdk.PutObjectCommand({ ...at, Body: bytes })));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(key, async ({ sdk, client }, at) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand(at));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    });
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit?: number } = {}): Promise<readonly BlobInfo[]> {
    const limit = checkBlobLimit(options.limit);
    const { bucket, prefix: own = "" } = this.#options;
    const found: BlobInfo[] = [];
    for (let after = options.after; ; ) {
      const asked = Math.min(LISTED, limit - found.length);
      const page = await this.#send(prefix, ({ sdk, client }) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: `${own}${prefix}`,
            MaxKeys: asked,
            ...(after === undefined ? {} : { StartAfter: `${own}${after}` }),
          }),
        ),
      );
      for (const { Key = "", Size = 0, LastModified } of page.Contents ?? [])
        found.push({ key: Key.slice(own.length), bytes: Size, at: LastModified?.getTime() ?? 0 });
      if (!page.IsTruncated || found.length >= limit) return found;
      after = found.at(-1)?.key;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#ask(key, ({ sdk, client }, at) => client.send(new sdk.DeleteObjectCommand(at)));
  }

  #ask<T>(key: string, send: (opened: { sdk: Sdk; client: S3Client }, at: { Bucket: string; Key: string }) => Promise<T>): Promise<T> {
    const at = { Bucket: this.#options.bucket, Key: `${this.#options.prefix ?? ""}${checkBlobKey(key)}` };
    return this.#send(key, (opened) => send(opened, at));
  }

  async #send<T>(path: string, send: (opened: { sdk: Sdk; client: S3Client }) => Promise<T>): Promise<T> {
    try {
      return await send(await this.#open());
    } catch (cause) {
      throw new UnavailableError(`S3 gave no usable answer: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : cause}.`, {
        path,
        cause,
      });
    }
  }
}
