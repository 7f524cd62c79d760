import { randomBytes } from "node:crypto";
import { ensureParameter } from "@qmoi/adapters/aws";

/** The key that links and signs the audit: in Parameter Store, not in the table that it protects. */
export const auditKey = async (prefix: string): Promise<Uint8Array> =>
  Buffer.from(await ensureParameter(`/${prefix}audit-key`, () => randomBytes(32).toString("hex")), "hex");
