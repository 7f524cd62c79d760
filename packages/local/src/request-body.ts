import type { IncomingMessage } from "node:http";
import { QmoiError, TooLargeError } from "@qmoi/core";

/** What a client may still send after the limit, unread, so that it gets to see the answer. */
const PATIENCE_BYTES = 32 * 1024 * 1024;

/** Reads the body, never keeping more than `limit` bytes. Rejects with TooLargeError, or when the client goes away. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else chunks = [];
      if (bytes > limit + PATIENCE_BYTES) request.destroy();
    });
    request.on("end", () => {
      if (bytes <= limit) resolve(Buffer.concat(chunks));
      else reject(new TooLargeError(`The body has ${bytes} bytes; the most here is ${limit}.`, { path: "$.body" }));
    });
    request.on("error", reject);
    request.on("close", () => reject(new QmoiError("QMOI_INVALID_INPUT", "The client went away while it sent the body.")));
  });
