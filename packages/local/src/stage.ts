import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { DynamoTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { AwsSecrets, ensureParameter, S3BlobStore } from "@qmoi/adapters/aws";
import { QmoiError, silentLogger } from "@qmoi/core";
import { AuditLog, type IssuedKey, Keys } from "@qmoi/runtime";

/** What the names of a stage's resources begin with; the stacks use the same. */
const prefixOf = (stage: string): string => `qmoi-${stage}-`;

const absent = (stage: string, cause: unknown): QmoiError =>
  new QmoiError("QMOI_UNREACHABLE", `The stage "${stage}" can't be reached: ${cause instanceof Error ? cause.message : String(cause)}`, {
    remedy: "Deploy it, and check AWS_REGION and the AWS credentials; or give its address with --url.",
    cause,
  });

/** What a stage says of itself in Parameter Store. */
const told = async (stage: string, name: "api-url" | "blobs"): Promise<string> => {
  try {
    return await new AwsSecrets().get(`ssm:/${prefixOf(stage)}${name}`);
  } catch (cause) {
    throw absent(stage, cause);
  }
};

/** The address of a deployed stage's API. Needs the AWS right to read it. Errors: QMOI_UNREACHABLE. */
export const stageUrl = (stage: string): Promise<string> => told(stage, "api-url");

export interface BootstrapOptions {
  readonly name: string;
  /** Also where there is a master key already, which may be lost. */
  readonly again?: boolean;
}

/**
 * Makes a master key of a deployed stage with AWS rights on its table alone, and records it in the audit. Errors: QMOI_CONFLICT where
 * there is one already, QMOI_UNREACHABLE.
 */
export const bootstrapKey = async (stage: string, { name, again = false }: BootstrapOptions): Promise<IssuedKey> => {
  const blobs = new S3BlobStore({ bucket: await told(stage, "blobs") });
  const table = new DynamoTable({ tableName: `${prefixOf(stage)}table` });
  const ports = { table, blobs, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
  try {
    const keys = new Keys(ports);
    const there = again ? undefined : await masterKey(keys).catch((cause) => Promise.reject(absent(stage, cause)));
    if (there !== undefined)
      throw new QmoiError("QMOI_CONFLICT", `The stage "${stage}" has a master key already: ${there}.`, {
        remedy: "Make more keys with it (`qmoi keys create`); if it is lost, repeat this with --again and revoke the old one.",
      });
    const text = await ensureParameter(`/${prefixOf(stage)}audit-key`, () => randomBytes(32).toString("hex"));
    const audit = new AuditLog(ports, Buffer.from(text, "hex"));
    const who = `aws:${userInfo().username}`;
    const issued = await keys.create({ name, role: "master" }, who);
    await audit.append({ action: "key.bootstrap", subject: issued.id, who, outcome: "done" });
    await audit.close();
    return issued;
  } finally {
    await table.close();
  }
};

/** The id of a master key that counts. */
const masterKey = async (keys: Keys): Promise<string | undefined> => {
  for (let after: string | undefined; ; ) {
    const { items, next } = await keys.list(after === undefined ? {} : { after });
    const found = items.find(({ role, state }) => role === "master" && state === "active");
    if (found || next === undefined) return found?.id;
    after = next;
  }
};
