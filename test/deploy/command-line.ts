import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Deployed, MINUTE, qmoi, qmoiTold, STAGE } from "./deployed.ts";

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
    "finishes the first workflow that docs/deploy.md gives",
    async () => {
      const { aws, url, key, work } = stage();
      const [, text = ""] = /^```json\n(\{\n {2}"name": "first"[\s\S]*?)```$/m.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];
      // Nobody outside is asked.
      const own = text.replace('"url": "https://example.com"', `"url": "${work.url}/first", "allowPrivate": true`);
      expect(own).not.toBe(text);
      const folder = await mkdtemp(join(tmpdir(), "qmoi-first-"));
      await writeFile(join(folder, "first.json"), own);
      const { stdout, stderr } = await qmoiTold(aws, ["run", join(folder, "first.json"), "--url", url], { QMOI_API_KEY: key() });
      await rm(folder, { recursive: true });
      expect(stdout + stderr).toContain("2 tasks: 2 succeeded");
      expect(stdout + stderr).toContain('→ ask: {"status":200');
      expect(work.requests.get("/first")).toHaveLength(1);
    },
    5 * MINUTE,
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
