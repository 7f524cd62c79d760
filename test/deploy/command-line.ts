import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
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
    "shows what a function wrote, and finds the stage by its name",
    async () => {
      const { aws, url, key } = stage();
      const env = { QMOI_API_KEY: key() };
      const Name = `/qmoi-${STAGE}-api-url`;
      const { Value } = (await awsRequest(aws.port, "AmazonSSM.GetParameter", { Name })).Parameter;
      expect(Value).toContain("execute-api");
      const stands = (address: string): Promise<unknown> =>
        awsRequest(aws.port, "AmazonSSM.PutParameter", { Name, Value: address, Type: "String", Overwrite: true });
      // The name of the emulator's API resolves nowhere: what stands between has an address.
      await stands(url);
      const [run] = JSON.parse(await qmoi(aws, ["runs", "--workflow", "large", "--json", "--stage", STAGE], env));
      expect(await qmoi(aws, ["logs", run.run, "first", "--stage", STAGE], env)).toContain("found text files");
      await stands(Value);
    },
    2 * MINUTE,
  );

  it(
    "has written the keys that were used to no log",
    async () => {
      const { aws, key } = stage();
      const logs = (action: string, body: object) => awsRequest(aws.port, `Logs_20140328.${action}`, body);
      const { logGroups } = await logs("DescribeLogGroups", { logGroupNamePrefix: `/aws/lambda/qmoi-${STAGE}-` });
      const named = logGroups.map(({ logGroupName }: { logGroupName: string }) => logGroupName);
      expect(named).toEqual(expect.arrayContaining(["api", "authorizer"].map((name) => `/aws/lambda/qmoi-${STAGE}-${name}`)));
      const secret = key().split("_").at(-1) as string;
      expect(secret).toMatch(/^\S{30,}$/);
      let lines = 0;
      for (const logGroupName of named) {
        for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
          const page = await logs("FilterLogEvents", { logGroupName, limit: 10_000, ...(nextToken ? { nextToken } : {}) });
          lines += page.events.length;
          for (const { message } of page.events) expect(message).not.toContain(secret);
          nextToken = page.nextToken;
        }
      }
      expect(lines).toBeGreaterThan(0);
    },
    2 * MINUTE,
  );
};
