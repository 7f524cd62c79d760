import { readFile } from "node:fs/promises";
import { QmoiError, type Secrets } from "@qmoi/core";

/** Secrets of a laptop: `env:NAME` from the environment, `file:/path` from a file (one trailing newline is not part of it). */
export class LocalSecrets implements Secrets {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  async get(reference: string): Promise<string> {
    const [kind, name] = [reference.slice(0, reference.indexOf(":")), reference.slice(reference.indexOf(":") + 1)];
    const secret = kind === "env" ? this.#env[name] : kind === "file" ? await readSecret(name) : undefined;
    if (secret !== undefined) return secret;
    const known = kind === "env" || kind === "file";
    throw new QmoiError("QMOI_SECRET_MISSING", known ? `There is no secret ${reference}.` : `Secrets of "${kind}" can't be read here.`, {
      path: reference,
      ...(known ? {} : { remedy: "Use env:NAME or file:/path on a laptop." }),
    });
  }
}

const readSecret = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch {
    return undefined;
  }
};
