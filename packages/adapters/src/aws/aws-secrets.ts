import { QmoiError, type Secrets } from "@qmoi/core";
import { messageOf } from "../targets/failures.ts";

/** Secrets in AWS: `ssm:/name` from Parameter Store, `secretsmanager:arn` from Secrets Manager. Read for each attempt, kept nowhere. */
export class AwsSecrets implements Secrets {
  async get(reference: string): Promise<string> {
    const [kind, name] = [reference.slice(0, reference.indexOf(":")), reference.slice(reference.indexOf(":") + 1)];
    let secret: string | undefined;
    try {
      if (kind === "ssm") secret = await readParameter(name);
      else if (kind === "secretsmanager") secret = await readManaged(name);
      else {
        const remedy = "Use ssm:/name or secretsmanager:arn in AWS.";
        throw new QmoiError("QMOI_SECRET_MISSING", `Secrets of "${kind}" can't be read here.`, { path: reference, remedy });
      }
    } catch (cause) {
      if (cause instanceof QmoiError) throw cause;
      throw new QmoiError("QMOI_SECRET_MISSING", `The secret ${reference} can't be read: ${messageOf(cause)}`, { path: reference, cause });
    }
    if (secret === undefined) throw new QmoiError("QMOI_SECRET_MISSING", `There is no text in ${reference}.`, { path: reference });
    return secret;
  }
}

/** A text of Parameter Store. */
export const readParameter = async (name: string): Promise<string | undefined> => {
  const sdk = await import("./ssm-sdk.ts");
  const { Parameter } = await new sdk.SSMClient({}).send(new sdk.GetParameterCommand({ Name: name, WithDecryption: true }));
  return Parameter?.Value;
};

const readManaged = async (id: string): Promise<string | undefined> => {
  const sdk = await import("./secrets-sdk.ts");
  return (await new sdk.SecretsManagerClient({}).send(new sdk.GetSecretValueCommand({ SecretId: id }))).SecretString;
};

/** A secret of the system's own in Parameter Store, made by `draw` where there is none: whoever comes first makes it for all. */
export const ensureParameter = async (name: string, draw: () => string): Promise<string> => {
  const sdk = await import("./ssm-sdk.ts");
  const client = new sdk.SSMClient({});
  const read = async (): Promise<string> =>
    (await client.send(new sdk.GetParameterCommand({ Name: name, WithDecryption: true }))).Parameter?.Value ?? "";
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ParameterNotFound") throw error;
  }
  const Value = draw();
  try {
    await client.send(new sdk.PutParameterCommand({ Name: name, Value, Type: "SecureString", Overwrite: false }));
    return Value;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ParameterAlreadyExists") throw error;
    return read();
  }
};
