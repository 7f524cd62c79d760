import { expect, it } from "vitest";
import { type Deployed, MINUTE, qmoi, STAGE } from "./deployed.ts";

/** The command line against a deployed stage. */
export const commandLineScenes = (stage: () => Deployed): void => {
  it(
    "makes no second first key, and calls the stage by its address",
    async () => {
      const { aws, url, key } = stage();
      await expect(qmoi(aws, ["keys", "bootstrap", "--stage", STAGE])).rejects.toThrow("has a master key already");
      const asked = async (...args: string[]): Promise<unknown> =>
        JSON.parse(await qmoi(aws, [...args, "--json", "--url", url], { QMOI_API_KEY: key() }));
      expect(await asked("audit", "list")).toEqual(expect.arrayContaining([expect.objectContaining({ action: "key.bootstrap" })]));
      expect(await asked("runs")).toEqual(expect.arrayContaining([expect.objectContaining({ workflow: "large" })]));
    },
    2 * MINUTE,
  );

  it(
    "shows what a function wrote",
    async () => {
      const { aws, url, key } = stage();
      const env = { QMOI_API_KEY: key() };
      const [run] = JSON.parse(await qmoi(aws, ["runs", "--workflow", "large", "--json", "--url", url], env));
      expect(await qmoi(aws, ["logs", run.run, "first", "--url", url], env)).toContain("found text files");
    },
    2 * MINUTE,
  );
};
