import { QmoiError } from "@qmoi/core";
import type { Cli, CommonOptions } from "./cli.ts";

/** The environment with the server that --url or --stage names, in place of QMOI_URL. Errors: QMOI_INVALID_INPUT, QMOI_UNREACHABLE. */
export const aimed = async (env: Cli["io"]["env"], { url, stage }: CommonOptions): Promise<Cli["io"]["env"]> => {
  if (url === undefined && stage === undefined) return env;
  if (url !== undefined && stage !== undefined)
    throw new QmoiError("QMOI_INVALID_INPUT", "--url and --stage name two servers.", { remedy: "Give one of them." });
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new QmoiError("QMOI_INVALID_INPUT", `--url ${url} is no address.`, { remedy: "Give one such as https://example.org." });
  const { stageUrl } = await import("@qmoi/local/stage");
  return { ...env, QMOI_URL: url ?? (await stageUrl(stage ?? "")) };
};
